import { describe, expect, test } from '@jest/globals';
import { KeyRing, type KeySource, RING_POLICY } from '../../src/access/key-ring.ts';
import { KEY_QUERY_MS } from '../../src/access/tables/access-pool.ts';
import type { StoredKey } from '../../src/access/tables/api-keys.ts';
import type { Log } from '../../src/log.ts';
import { DatabaseUnavailable } from '../../src/store/database-error.ts';

const keyOf = (id: string): StoredKey => ({
  id,
  name: id,
  hash: Buffer.alloc(32),
  scopes: ['ingest'],
  runPrefix: '',
  createdAt: 0,
  expiresAt: null,
  revokedAt: null,
  lastUsedAt: null,
});

/** A ring on a table whose content and availability the test controls. */
function ringOf(...ids: string[]) {
  const logged: string[] = [];
  const log = { warn: (_: object, message: string) => logged.push(message), info: () => undefined } as unknown as Log;
  const table = new Map(ids.map((id) => [id, keyOf(id)]));
  const state = { nowMs: 1_000_000, away: false, queries: [] as string[][] };
  const answer = async <T>(make: () => T): Promise<T> => {
    if (state.away) throw new DatabaseUnavailable(new Error('connection refused'));
    return make();
  };
  const store: KeySource = {
    find: (asked) =>
      answer(() => {
        state.queries.push([...asked]);
        return asked.flatMap((id) => table.get(id) ?? []);
      }),
    findWithGood: (asked, max) =>
      answer(() => {
        state.queries.push([...asked]);
        const others = [...table.values()].filter(({ id, revokedAt }) => !asked.includes(id) && revokedAt === null);
        return [...asked.flatMap((id) => table.get(id) ?? []), ...others].slice(0, max);
      }),
    anyConfigured: () => answer(() => [...table.values()].some(({ revokedAt }) => revokedAt === null)),
  };
  const ring = new KeyRing(store, log, RING_POLICY, () => state.nowMs);
  const revoke = (id: string) => table.set(id, { ...keyOf(id), revokedAt: state.nowMs });
  return { ring, table, state, revoke, logged };
}

describe('the keys in memory', () => {
  test('the policy keeps the promise of a revocation within 10 s: a refresh and its deadlines fit into it', () => {
    const { refreshMs, freshMs } = RING_POLICY;
    expect(refreshMs + 2 * KEY_QUERY_MS).toBeLessThan(freshMs);
    expect(freshMs).toBeLessThan(10_000);
  });

  test('an outage of Postgres is logged with what it means: before the first answer, without keys, and with keys', async () => {
    const atFirst = ringOf('a');
    atFirst.state.away = true;
    await atFirst.ring.refresh();
    expect(atFirst.logged).toEqual(['API keys cannot be read: requests are answered 503 until Postgres can be read']);

    for (const [ids, consequence] of [
      [[], 'no key has been confirmed yet'],
      [['a'], 'confirmed keys stay valid for an hour'],
    ] as const) {
      const { ring, state, logged } = ringOf(...ids);
      await ring.refresh();
      state.away = true;
      await ring.refresh();
      expect(logged).toEqual([`API keys cannot be read: ${consequence}`]);
    }
  });

  test('a key is looked up once, and held', async () => {
    const { ring, state } = ringOf('a');
    expect(ring.held('a')).toBeUndefined();
    expect(await ring.find('a')).toMatchObject({ id: 'a' });
    expect(ring.held('a')).toMatchObject({ id: 'a' });
    expect(state.queries).toEqual([['a']]);
  });

  test('a refresh reads every active key, so that none has to be looked up', async () => {
    const { ring, state } = ringOf('a', 'b');
    await ring.refresh();
    expect([ring.held('a')?.id, ring.held('b')?.id]).toEqual(['a', 'b']);
    expect(state.queries).toEqual([[]]);
  });

  test('the keys of a fleet that starts at once are read in two queries', async () => {
    const ids = Array.from({ length: 1_000 }, (_, index) => `key-${index}`);
    const { ring, state } = ringOf(...ids);
    const found = await Promise.all([...ids, ...ids].map((id) => ring.find(id)));
    expect(found.map((key) => key?.id)).toEqual([...ids, ...ids]);
    expect(state.queries.map(({ length }) => length)).toEqual([1, 999]);
  });

  test('a revocation takes effect at the next refresh', async () => {
    const { ring, revoke } = ringOf('a');
    await ring.find('a');
    revoke('a');
    expect(ring.held('a')?.revokedAt).toBeNull();
    await ring.refresh();
    expect(ring.held('a')?.revokedAt).not.toBeNull();
  });

  test('a key beyond its freshness is looked up before it is used, even without a refresh', async () => {
    const { ring, state, revoke } = ringOf('a');
    await ring.find('a');
    revoke('a');
    state.nowMs += RING_POLICY.freshMs + 1;
    expect(ring.held('a')).toBeUndefined();
    expect((await ring.find('a'))?.revokedAt).not.toBeNull();
  });

  test('a key whose row was deleted is not held any more', async () => {
    const { ring, table } = ringOf('a');
    await ring.find('a');
    table.delete('a');
    await ring.refresh();
    expect(ring.held('a')).toBeUndefined();
    expect(await ring.find('a')).toBeUndefined();
  });

  test('an unknown id is remembered for a while', async () => {
    const { ring, table, state } = ringOf();
    expect(await ring.find('a')).toBeUndefined();
    expect(await ring.find('a')).toBeUndefined();
    expect(state.queries).toHaveLength(1);
    table.set('a', keyOf('a'));
    state.nowMs += RING_POLICY.unknownMs;
    expect(await ring.find('a')).toMatchObject({ id: 'a' });
  });

  test('a confirmed key stays valid while Postgres is unavailable, up to the bound', async () => {
    const { ring, state } = ringOf('a');
    await ring.find('a');
    state.away = true;
    await ring.refresh();
    state.nowMs += RING_POLICY.staleMs;
    expect(ring.held('a')).toMatchObject({ id: 'a' });
    state.nowMs += 1;
    expect(ring.held('a')).toBeUndefined();
    await expect(ring.find('a')).rejects.toMatchObject({ name: 'KeysUnavailable', code: 'database_unavailable' });
  });

  test('a confirmed key stays valid before the first refresh has failed', async () => {
    const { ring, state } = ringOf('a');
    await ring.find('a');
    state.away = true;
    state.nowMs += RING_POLICY.freshMs + 1;
    expect(ring.held('a')).toBeUndefined();
    expect(await ring.find('a')).toMatchObject({ id: 'a' });
  });

  test('a key that is not held is never called unknown while Postgres is unavailable', async () => {
    const { ring, state } = ringOf('a');
    state.away = true;
    await expect(ring.find('a')).rejects.toMatchObject({
      code: 'database_unavailable',
      details: { retryAfterSeconds: 2 },
    });
    state.away = false;
    expect(await ring.find('a')).toMatchObject({ id: 'a' });
  });

  test('the keys and the unknown ids in memory are bounded', async () => {
    const ids = Array.from({ length: RING_POLICY.maxKeys + 1 }, (_, index) => `key-${index}`);
    const { ring, state } = ringOf(...ids);
    for (const id of ids) await ring.find(id);
    expect(ring.held('key-0')).toBeUndefined();
    expect(ring.held('key-1')).toBeDefined();
    await ring.refresh();
    expect(state.queries.at(-1)).toHaveLength(RING_POLICY.maxKeys);
  });
});

describe('whether there are keys', () => {
  test('it is unknown whether keys are configured until Postgres has answered', async () => {
    const { ring, state } = ringOf();
    state.away = true;
    await ring.refresh();
    expect(ring.configured).toBeUndefined();
    state.away = false;
    await ring.refresh();
    expect(ring.configured).toBe(false);
  });

  test('the first key closes a running server, and revoking the last one does not open it again', async () => {
    const { ring, table, revoke, state } = ringOf();
    await ring.refresh();
    table.set('a', keyOf('a'));
    await ring.refresh();
    expect(ring.configured).toBe(true);
    revoke('a');
    await ring.refresh();
    expect(ring.configured).toBe(true);
    state.away = true;
    await ring.refresh();
    expect(ring.configured).toBe(true);
  });
});
