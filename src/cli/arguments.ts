import { InvalidArgumentError } from 'commander';

/** ISO 8601 or epoch milliseconds; commander says to which option a bad one was given. */
export function time(text: string): number {
  const number = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (Number.isNaN(number)) throw new InvalidArgumentError('expected ISO 8601 or epoch milliseconds');
  return number;
}

/** A whole number from 1. */
export function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('expected a whole number from 1');
  return number;
}
