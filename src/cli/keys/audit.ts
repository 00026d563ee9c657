import { Command, InvalidArgumentError } from 'commander';
import { KEY_ID } from '../../access/api-key.ts';
import type { AuditEntry } from '../../access/audit-entry.ts';
import { time, wholeNumber } from '../arguments.ts';
import { printLine } from '../print-line.ts';
import { withAccessStore } from './with-access-store.ts';

interface AuditOptions {
  readonly key?: string;
  readonly since?: number;
  readonly limit: number;
  readonly json?: boolean;
}

export const auditCommand = (): Command =>
  new Command('audit')
    .description('list the audit log, newest first: keys created, revoked and first used, refusals, commands')
    .option('--key <id>', 'only entries about this key', parseId)
    .option('--since <time>', 'only entries from this time on, ISO 8601 or epoch milliseconds', time)
    .option('--limit <n>', 'at most this many entries', wholeNumber, 100)
    .option('--json', 'one JSON object a line')
    .action(({ key, since, limit, json }: AuditOptions) =>
      withAccessStore(async ({ audit }) => {
        const filter = { ...(key !== undefined && { keyId: key }), ...(since !== undefined && { since }), limit };
        for (const entry of await audit.list(filter)) printLine(json ? jsonOf(entry) : lineOf(entry));
      }),
    );

function parseId(text: string): string {
  if (KEY_ID.test(text)) return text;
  throw new InvalidArgumentError('expected the id of a key, as "keys list" shows it');
}

const jsonOf = ({ at, ...entry }: AuditEntry): string => JSON.stringify({ at: new Date(at).toISOString(), ...entry });

function lineOf({ at, action, keyId, keyName, actor, address, details = {} }: AuditEntry): string {
  const about = {
    key: keyId,
    name: keyName && JSON.stringify(keyName),
    by: actor,
    from: address,
    ...details,
  };
  const words = Object.entries(about)
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join(',') : value}`);
  return [new Date(at).toISOString(), action, ...words].join(' ');
}
