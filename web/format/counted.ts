import { formatInteger } from './number.ts';

/** The noun for a number of things: `trial` for 1, `trials` for any other; `more` for a plural that is not formed with -s. */
export const plural = (count: number, one: string, more = `${one}s`): string => (count === 1 ? one : more);

/** A number with its noun: `1 trial`, `12,400 trials`. */
export const counted = (count: number, one: string, more?: string): string =>
  `${formatInteger(count)} ${plural(count, one, more)}`;
