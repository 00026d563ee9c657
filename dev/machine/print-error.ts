import { inspect } from 'node:util';
import { withoutCredentials } from '../../src/address.ts';
import { printableLines } from '../../src/printable.ts';

/** Errors whose message is a whole sentence for the user. Any other kind is a fault of the program and needs its stack. */
const EXPLAINED = new Set(['Error', 'HomeTaken', 'MissingPrerequisite', 'UsageError']);

/** Prints an error for the user, without credentials and terminal escapes. */
export function printError(error: unknown): void {
  const text = error instanceof Error && EXPLAINED.has(error.name) ? `\n${error.message}` : inspect(error);
  console.error(printableLines(withoutCredentials(text)));
}
