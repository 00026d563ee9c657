import { inspect } from 'node:util';
import { redactOf } from '../config.ts';
import { UsageError } from '../errors.ts';
import { printable, printableLines } from '../printable.ts';

/**
 * Prints one line on standard output. Every command prints through here, so that text from events, headers, tables and
 * other machines cannot act on the terminal.
 */
export const printLine = (line = ''): void => console.log(printable(line));

/** Prints one line on standard error, as {@link printLine} does. */
export const printNote = (line: string): void => console.error(printable(line));

/** Prints a table on standard output: the header, a rule, and a line for each row, in columns as wide as their cells. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  // A control character is printed as its code, which is wider.
  const lines = [header, ...rows].map((row) => row.map(printable));
  const widths = header.map((_, column) => Math.max(...lines.map((row) => row[column]?.length ?? 0)));
  const rule = widths.map((width) => '-'.repeat(width));
  for (const row of [...lines.slice(0, 1), rule, ...lines.slice(1)]) {
    printLine(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  }
}

/**
 * Prints the error that ended a command, without credentials and terminal escapes: its stack, unless `sentenceOf` returns the
 * sentence that explains it to the user.
 */
export function printError(error: unknown, sentenceOf = sentenceOfCommand): void {
  const sentence = error instanceof Error ? sentenceOf(error) : undefined;
  console.error(printableLines(redactOf()(sentence ?? inspect(error))));
}

/** The messages of a {@link UsageError} and of a dependency that does not answer are whole sentences. */
const sentenceOfCommand = (error: Error): string | undefined =>
  error instanceof UsageError || error.name.endsWith('Unavailable') ? `thunderline: ${error.message}` : undefined;
