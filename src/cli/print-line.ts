import { inspect } from 'node:util';
import { withoutCredentials } from '../address.ts';
import { UsageError } from '../errors.ts';
import { printable, printableLines } from '../printable.ts';

/**
 * Prints one line on standard output. Every command prints through here, so that text from events, headers, tables and
 * other machines cannot act on the terminal.
 */
export const printLine = (line = ''): void => console.log(printable(line));

/** Prints one line on standard error, as {@link printLine} does. */
export const printNote = (line: string): void => console.error(printable(line));

/** Prints a table on standard output: a row for each key, a column for each name of a cell. */
export const printTable = (rows: Readonly<Record<string, Readonly<Record<string, string | null>>>>): void =>
  console.table(mapValues(rows, (row) => mapValues(row, (cell) => cell && printable(cell))));

const mapValues = <T, U>(object: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [printable(key), map(value)]));

/** Prints what ended a command: a {@link UsageError} as its sentences, any other error with its stack. */
export function printError(error: unknown): void {
  const text = error instanceof UsageError ? `thunderline: ${error.message}` : inspect(error);
  console.error(printableLines(withoutCredentials(text)));
}
