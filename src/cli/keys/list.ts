import { Command } from 'commander';
import type { StoredKey } from '../../access/tables/api-keys.ts';
import { printLine, printTable } from '../print-line.ts';
import { withAccessStore } from './with-access-store.ts';

export const listKeysCommand = (): Command =>
  new Command('list')
    .description('list all keys, newest first')
    .option('--json', 'one JSON object a line')
    .action(({ json }: { json?: boolean }) =>
      withAccessStore(async ({ keys }) => list(await keys.list(), json === true)),
    );

function list(keys: readonly StoredKey[], asJson: boolean): void {
  const rows = keys.map((key) => ({
    id: key.id,
    name: key.name,
    scopes: key.scopes.join(','),
    runs: key.runPrefix === '' ? null : `${key.runPrefix}*`,
    state: stateOf(key),
    created: isoOf(key.createdAt),
    last_used: isoOf(key.lastUsedAt),
    expires: isoOf(key.expiresAt),
    revoked: isoOf(key.revokedAt),
  }));
  const [first] = rows;
  if (asJson) for (const row of rows) printLine(JSON.stringify(row));
  else if (first === undefined) printLine('No API keys exist.');
  else
    printTable(
      Object.keys(first),
      rows.map((row) => Object.values(row).map((cell) => cell ?? '-')),
    );
}

function stateOf({ revokedAt, expiresAt }: StoredKey): string {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= Date.now() ? 'expired' : 'active';
}

const isoOf = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString());
