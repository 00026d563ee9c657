import { Command } from 'commander';
import { KEY_ID, readKey } from '../../access/api-key.ts';
import type { AccessStore } from '../../access/tables/access-store.ts';
import type { ApiKeyStore } from '../../access/tables/api-keys.ts';
import { UsageError } from '../../errors.ts';
import { printLine, printNote } from '../print-line.ts';
import { readStandardInput } from '../read-api-key.ts';
import { actorOfCommand, withAccessStore } from './with-access-store.ts';

export const revokeCommand = (): Command =>
  new Command('revoke')
    .description('revoke a key; every gateway refuses it within 10 s')
    .argument('<key>', 'its id, its name if no other key has it, or - to read the key itself from standard input')
    .action((text: string) => withAccessStore((store) => revoke(store, text)));

async function revoke({ keys }: AccessStore, argument: string): Promise<void> {
  const text = argument === '-' ? await readStandardInput() : argument;
  const key = readKey(text);
  // Revoked nevertheless: the key has leaked into the history of the shell, and refusing would leave it valid.
  if (key !== undefined && argument !== '-') {
    printNote('This key was on a command line, which other accounts of this machine can read. Use "keys revoke -".');
  }
  const id = key?.id ?? (KEY_ID.test(text) ? text : await idOfName(keys, text));
  if (!(await keys.revoke(id, actorOfCommand()))) throw new UsageError(`no active key ${id}`);
  printLine(`revoked ${id}`);
}

async function idOfName(keys: ApiKeyStore, name: string): Promise<string> {
  const found = (await keys.list()).filter((key) => key.name === name && key.revokedAt === null);
  const [first, ...others] = found;
  if (first === undefined) throw new UsageError(`no active key named ${name}`);
  if (others.length === 0) return first.id;
  throw new UsageError(
    `${found.length} keys are named ${name}: give the id of one of them, ${found.map(({ id }) => id).join(', ')}`,
  );
}
