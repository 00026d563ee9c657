import { expect, test } from '@jest/globals';
import type { AuditEntry } from '../../src/access/audit-entry.ts';
import { KeyUses } from '../../src/access/key-uses.ts';
import type { KeyNetwork } from '../../src/access/tables/key-uses.ts';
import { DatabaseUnavailable } from '../../src/store/database-error.ts';

const MINUTE = 60_000;

function usesOf() {
  const state = { away: false, writes: 0 };
  const lastUses = new Map<string, number>();
  const networks = new Set<string>();
  const entries: Omit<AuditEntry, 'at'>[] = [];
  const write = () => {
    state.writes += 1;
    if (state.away) throw new DatabaseUnavailable(new Error('connection refused'));
  };
  const store = {
    async noteLastUses(uses: ReadonlyMap<string, number>) {
      write();
      for (const [id, at] of uses) lastUses.set(id, at);
    },
    async addNetworks(uses: readonly KeyNetwork[]) {
      write();
      const added = uses.filter(({ keyId, network }) => !networks.has(`${keyId} ${network}`));
      for (const { keyId, network } of added) networks.add(`${keyId} ${network}`);
      return added;
    },
  };
  const uses = new KeyUses(store, { record: (entry) => void entries.push(entry) });
  return { uses, state, lastUses, entries, use: uses.track({ id: 'a', name: 'trainer' }) };
}

test('the last use of a key is written once a minute, however often the key is used', async () => {
  const { uses, use, state, lastUses } = usesOf();
  use.note('192.0.2.1', MINUTE);
  await uses.flush(MINUTE);
  expect(lastUses.get('a')).toBe(MINUTE);
  const { writes } = state;
  for (let index = 1; index < 60; index += 1) {
    use.note('192.0.2.1', MINUTE + index * 1_000);
    await uses.flush(MINUTE + index * 1_000);
  }
  expect(state.writes).toBe(writes);
  await uses.flush(2 * MINUTE);
  expect(lastUses.get('a')).toBe(MINUTE + 59_000);
});

test('a key that is not used is not written', async () => {
  const { uses, state } = usesOf();
  await uses.flush(MINUTE, true);
  expect(state.writes).toBe(0);
});

test('the first use from each network is one entry of the audit log', async () => {
  const { uses, use, entries } = usesOf();
  for (const address of ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8::1', '192.0.2.1', '2001:db8::2']) {
    use.note(address, 1);
    await uses.flush(1);
  }
  expect(entries).toEqual(
    ['192.0.2.1', '2001:db8:0:0::/64'].map((address) => ({
      action: 'key_first_used',
      keyId: 'a',
      keyName: 'trainer',
      address,
    })),
  );
});

test('a use is written later if Postgres was unavailable', async () => {
  const { uses, use, state, lastUses, entries } = usesOf();
  state.away = true;
  use.note('192.0.2.1', 5);
  await uses.flush(5, true);
  state.away = false;
  await uses.flush(6, true);
  expect(lastUses.get('a')).toBe(5);
  expect(entries).toHaveLength(1);
});
