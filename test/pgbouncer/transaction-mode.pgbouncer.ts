import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { createAdvisoryLocks } from '../../src/store/advisory-locks.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Pooler, startPooler } from './harness/pooler.ts';

/** One connection to the server, so that every client certainly shares it. */
let world: World;
let pooler: Pooler;
let url: string;
beforeAll(async () => {
  world = await createWorld();
  pooler = await startPooler(world.databaseUrl, ['pool_mode = transaction', 'default_pool_size = 1']);
  url = pooler.urlOf(world.databaseUrl);
});
afterAll(async () => {
  await pooler?.stop();
  await world?.close();
});

async function withClients<T>(work: (first: pg.Client, second: pg.Client) => Promise<T>): Promise<T> {
  const clients = [new pg.Client(url), new pg.Client(url)] as const;
  for (const client of clients) await client.connect();
  try {
    return await work(...clients);
  } finally {
    for (const client of clients) await client.end();
  }
}

describe('pgbouncer in transaction mode breaks', () => {
  test('locks: two processes hold the same one', async () => {
    const [first, second] = [createAdvisoryLocks(url, 'first'), createAdvisoryLocks(url, 'second')];
    expect(await first.tryLock('one')).toBeDefined();
    expect(await second.tryLock('one')).toBeDefined();
    await first.close();
    await second.close();
  });

  test('prepared statements: the name belongs to another client', () =>
    withClients(async (first, second) => {
      await first.query({ name: 'find', text: 'select 1' });
      await expect(second.query({ name: 'find', text: 'select 1' })).rejects.toMatchObject({ code: '42P05' });
    }));

  test('settings of a session: they are those of another client', () =>
    withClients(async (first, second) => {
      await first.query('set statement_timeout = 4321');
      expect((await second.query('show statement_timeout')).rows).toEqual([{ statement_timeout: '4321ms' }]);
      await first.query('reset statement_timeout');
    }));
});
