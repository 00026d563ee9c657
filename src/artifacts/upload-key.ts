import { hash } from 'node:crypto';
import type { TrialPath } from '../store/queries/trial-artifacts.ts';

const PLAIN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;
const READABLE_LENGTH = 40;
const DIGITS = 32;

/**
 * The folder of an id: the id itself where it is short and plain, else a readable part of it and a hash. The first
 * character distinguishes the two forms, so no two ids share a folder.
 */
function folderOf(id: string): string {
  if (PLAIN.test(id)) return id;
  const readable = id.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, READABLE_LENGTH);
  return `~${readable}-${hash('sha256', id, 'hex').slice(0, DIGITS)}`;
}

/** The folder of all uploads of a trial, with a slash at its end. */
export const trialFolder = (prefix: string, { run, trial }: TrialPath): string =>
  `${prefix}/${folderOf(run)}/${folderOf(trial)}/`;

/**
 * The key of one upload. Each upload has a key of its own, so that two of the same name, at the same time or after one
 * another, never change each other's object: the record that names the key decides which of them counts.
 *
 * @param version the id of the upload, a UUIDv7.
 * @param name a name without a fault, see `artifactNameFault`.
 */
export const uploadKey = (prefix: string, of: TrialPath, version: string, name: string): string =>
  `${trialFolder(prefix, of)}${version}/${name}`;
