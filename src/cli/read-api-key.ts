import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { Option } from 'commander';
import { readKey } from '../access/api-key.ts';
import { UsageError } from '../errors.ts';

/**
 * The option of every command that takes an API key. A key itself is never an argument: other accounts of the machine can
 * read the command line of each process, and shells store it.
 */
export const apiKeyFileOption = (scope: string): Option =>
  new Option('--api-key-file <file>', `file that contains an API key with the scope ${scope}; - is standard input`);

/** The end of the message about an answer with this status: the option, if the key is missing or not valid. */
export const apiKeyRemedy = (status: number, scope: string): string =>
  status === 401 ? `; pass a key with the scope ${scope}: --api-key-file <file>` : '';

/** Refuses a key as an argument, and names the option for a file. */
export const apiKeyArgument = (): Option =>
  new Option('--api-key <key>').hideHelp().argParser(() => {
    throw new UsageError('a key on a command line can be read by other accounts: use --api-key-file <file>');
  });

/** Reads the key of {@link apiKeyFileOption}; undefined without the option. Throws {@link UsageError}. */
export async function readApiKey(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const key = file === '-' ? await readStandardInput() : await readKeyFile(file);
  if (readKey(key) !== undefined) return key;
  const source = file === '-' ? 'standard input' : file;
  throw new UsageError(`${source} does not contain an API key, as "npx thunderline keys create" prints it`);
}

/** Standard input, without white space at its ends. */
export const readStandardInput = async (): Promise<string> => (await text(process.stdin)).trim();

async function readKeyFile(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    throw new UsageError(`cannot read the API key: ${(error as Error).message}`, { cause: error });
  }
}
