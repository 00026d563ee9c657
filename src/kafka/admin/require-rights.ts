import type { Kafka } from 'kafkajs';
import { findMissingRights, type Right } from './missing-rights.ts';

/** The broker does not grant this client what its work requires. It works as soon as the rights are granted. */
export class RightsMissing extends Error {
  override readonly name = 'RightsMissing';
  readonly rights: readonly Right[];

  constructor(principal: string, rights: readonly Right[]) {
    super(describeRights(principal, rights));
    this.rights = rights;
  }
}

/** Throws {@link RightsMissing} with all rights that are missing. */
export async function requireRights(kafka: Kafka, principal: string, rights: readonly Right[]): Promise<void> {
  const missing = await findMissingRights(kafka, rights);
  if (missing.length > 0) throw new RightsMissing(principal, missing);
}

const describeRights = (principal: string, rights: readonly Right[]): string =>
  `Kafka does not allow ${principal} to ${rights.map(({ operation, resource, name }) => `${operation} ${resource} ${name}`).join(', ')}: ` +
  'grant it as in deploy/kafka-acls.md';
