import { InvalidArgumentError } from 'commander';

/** ISO 8601 or epoch milliseconds; commander names the option in the error. */
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

/** The number of a partition or of a record in it: a whole number from 0. */
export function index(text: string): number {
  const number = Number(text);
  if (text.trim() === '' || !Number.isSafeInteger(number) || number < 0) {
    throw new InvalidArgumentError('expected a whole number from 0');
  }
  return number;
}

/** A number within bounds, both included. */
export const numberFrom =
  (least: number, greatest = Number.POSITIVE_INFINITY) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && value >= least && value <= greatest) return value;
    const upTo = Number.isFinite(greatest) ? ` to ${greatest}` : '';
    throw new InvalidArgumentError(`expected a number from ${least}${upTo}`);
  };
