import { parseArgs } from 'node:util';
import { printError } from './print-error.ts';

/**
 * The flags of a command: whether each of them was given. Prints the usage and ends the process when asked for help (exit code
 * 0), and when it was given anything else (exit code 2): a command that starts a whole system must not ignore a misspelt flag.
 */
export function readFlags<const Name extends string>(
  command: string,
  names: readonly Name[],
  args: readonly string[] = process.argv.slice(2),
): Readonly<Record<Name, boolean>> {
  const flags = names.map((name) => `--${name}`);
  const usage = `usage: ${command}${flags.length === 0 ? '' : ` [-- ${flags.join(' ')}]`}`;
  if (args.includes('--help')) {
    console.log(usage);
    process.exit(0);
  }
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'boolean', default: false } as const]));
    return parseArgs({ args: [...args], options }).values as Record<Name, boolean>;
  } catch (error) {
    printError(new Error(`${(error as Error).message}\n${usage}`));
    process.exit(2);
  }
}
