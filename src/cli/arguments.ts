import { InvalidArgumentError } from 'commander';
import { ERRORS, UsageError } from '../errors.ts';
import { LEAST_EPOCH_MS } from '../events/timestamp.ts';
import { ROLE_NAMES, ROLES } from '../pipeline.ts';
import type { Window } from '../replay/within-window.ts';
import type { Role } from '../roles/role.ts';
import { TOPIC_NAMES, type Topic } from '../topics.ts';

/** ISO 8601 or epoch milliseconds; commander names the option in the error. */
export function time(text: string): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(number)) throw new InvalidArgumentError('expected ISO 8601 or epoch milliseconds');
  if (/^\d+$/.test(text) && number > 0 && number < LEAST_EPOCH_MS) {
    throw new InvalidArgumentError('expected epoch milliseconds, and the number looks like seconds or a year');
  }
  return number;
}

/** Throws {@link UsageError} for a window that cannot contain a record. */
export function assertWindow({ since, until }: Partial<Window>): void {
  if (since === undefined || until === undefined || since < until) return;
  const [from, to] = [since, until].map((at) => new Date(at).toJSON() ?? at);
  throw new UsageError(`--since ${from} must be earlier than --until ${to}`);
}

/** The name of a consumer that writes dead letters. */
export function consumer(text: string): string {
  const names = ROLES.filter(({ reads }) => reads.length > 0).map(({ name }) => name as string);
  if (names.includes(text)) return text;
  throw new InvalidArgumentError(`expected one of ${names.join(', ')}`);
}

/** An error code. */
export function errorCode(text: string): string {
  if (Object.hasOwn(ERRORS, text)) return text;
  throw new InvalidArgumentError('expected a code of docs/errors.md, such as undecodable or unreadable_batch');
}

/** The name of a topic without its prefix. */
export function topic(text: string): Topic {
  const found = TOPIC_NAMES.find((name) => name === text);
  if (found === undefined) throw new InvalidArgumentError(`expected one of ${TOPIC_NAMES.join(', ')}`);
  return found;
}

/** Names of roles, comma-separated. */
export function parseRoles(text: string): readonly Role[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !ROLE_NAMES.some((known) => known === name));
  if (unknown.length > 0)
    throw new UsageError(`unknown roles: ${unknown.join(', ')}; the roles are ${ROLE_NAMES.join(', ')}`);
  return ROLES.filter(({ name }) => names.includes(name));
}

/** A number within bounds, both included. */
export const numberFrom =
  (least: number, greatest = Number.MAX_VALUE) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= greatest) return value;
    throw new InvalidArgumentError(`expected a number from ${bounds(least, greatest)}`);
  };

/** A whole number within bounds, both included. */
export const wholeNumberFrom =
  (least: number, greatest = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value <= greatest) return value;
    throw new InvalidArgumentError(`expected a whole number from ${bounds(least, greatest)}`);
  };

/** A whole number from 1. */
export const wholeNumber = wholeNumberFrom(1);

/** The number of a partition or of a record in it: a whole number from 0. */
export const index = wholeNumberFrom(0);

const bounds = (least: number, greatest: number): string =>
  greatest < Number.MAX_SAFE_INTEGER ? `${least} to ${greatest}` : `${least}`;
