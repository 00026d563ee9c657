import { expect, test } from '@jest/globals';
import pg from 'pg';
import { Audit } from '../../src/access/audit.ts';
import type { AuditEntry } from '../../src/access/audit-entry.ts';
import { createLog } from '../../src/log.ts';
import { DatabaseUnavailable } from '../../src/store/database-error.ts';

/** The error of Postgres for text that it cannot store. */
const badData = () => Object.assign(new pg.DatabaseError('invalid byte sequence', 0, 'error'), { code: '22021' });

function auditOf() {
  const lines: { readonly msg: string; readonly audit?: object; readonly entries?: number }[] = [];
  const log = createLog('info', { write: (line) => void lines.push(JSON.parse(line)) });
  const stored: AuditEntry[] = [];
  const state = { away: false, nowMs: 0, rejects: '' };
  const store = {
    async append(entries: readonly AuditEntry[]) {
      if (state.away) throw new DatabaseUnavailable(new Error('connection refused'));
      if (entries.some(({ keyId }) => keyId === state.rejects)) throw new DatabaseUnavailable(badData());
      stored.push(...entries);
    },
  };
  return { audit: new Audit(store, log, () => state.nowMs), lines, stored, state };
}

test('an entry is a line of the log at once, and a row at the next flush', async () => {
  const { audit, lines, stored } = auditOf();
  audit.record({ action: 'key_first_used', keyId: 'a', address: '192.0.2.1' });
  expect(lines).toMatchObject([{ msg: 'audit: key_first_used', audit: { keyId: 'a', address: '192.0.2.1' } }]);
  expect(stored).toEqual([]);
  await audit.flush();
  await audit.flush();
  expect(stored).toEqual([{ at: 0, action: 'key_first_used', keyId: 'a', address: '192.0.2.1' }]);
});

test('entries wait while Postgres is unavailable, and keep their order and time', async () => {
  const { audit, stored, state } = auditOf();
  state.away = true;
  for (const keyId of ['a', 'b']) {
    state.nowMs += 1_000;
    audit.record({ action: 'command', keyId });
    await audit.flush();
  }
  expect(stored).toEqual([]);
  state.away = false;
  audit.record({ action: 'command', keyId: 'c' });
  await audit.flush();
  expect(stored.map(({ at, keyId }) => [at, keyId])).toEqual([
    [1_000, 'a'],
    [2_000, 'b'],
    [2_000, 'c'],
  ]);
});

test('entries that wait are bounded, and the number of dropped ones is logged', async () => {
  const { audit, lines, stored, state } = auditOf();
  state.away = true;
  for (let index = 0; index < 10_005; index += 1) audit.record({ action: 'command', keyId: String(index) });
  await audit.flush();
  state.away = false;
  await audit.close();
  expect(stored).toHaveLength(10_000);
  expect(stored[0]?.keyId).toBe('5');
  expect(lines.at(-1)).toMatchObject({ level: 'warn', entries: 5 });
});

test('refusals are counted, and the rest of them is stored at the stop', async () => {
  const { audit, stored, state } = auditOf();
  for (let count = 0; count < 10; count += 1) audit.refused('unauthorized', { address: '192.0.2.1' });
  await audit.flush();
  state.nowMs += 60_000;
  await audit.flush();
  audit.refused('unauthorized', { address: '192.0.2.1' });
  await audit.close();
  expect(stored.map(({ details }) => details?.count)).toEqual([1, 9, 1]);
});

test('an entry that Postgres rejects does not hold up the others', async () => {
  const { audit, lines, stored, state } = auditOf();
  state.rejects = 'b';
  for (const keyId of ['a', 'b', 'c']) audit.record({ action: 'command', keyId });
  await audit.flush();
  expect(stored.map(({ keyId }) => keyId)).toEqual(['a', 'c']);
  expect(lines.at(-1)?.msg).toBe('Postgres rejected an audit entry; it is only in the log');
});
