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
 * Prints what ended a command: a {@link UsageError} and a dependency that does not answer as their sentences, any other error
 * with its stack.
 */
export function printError(error: unknown): void {
  const isSentence = error instanceof UsageError || (error instanceof Error && error.name.endsWith('Unavailable'));
  const text = isSentence ? `thunderline: ${error.message}` : inspect(error);
  console.error(printableLines(withoutCredentials(text)));
}
