import { printError as printErrorOfCommand } from '../../src/cli/print-line.ts';

/** Errors whose message is a whole sentence for the user. Any other kind is a fault of the program and needs its stack. */
const EXPLAINED = new Set(['Error', 'HomeTaken', 'MissingPrerequisite', 'UsageError']);

/** Prints an error for the user, without credentials and terminal escapes. */
export const printError = (error: unknown): void =>
  printErrorOfCommand(error, ({ name, message }) => (EXPLAINED.has(name) ? `\n${message}` : undefined));
