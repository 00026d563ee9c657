import { afterEach, expect, test } from '@jest/globals';
import { eventually } from '../support/eventually.ts';
import { createQueryWorld, type QueryWorld } from './query-world.ts';

const TIMEOUT_MS = 180_000;
let world: QueryWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** A server whose lists of trials take ten minutes. */
async function slowWorld(timeoutMs: number): Promise<QueryWorld> {
  world = await createQueryWorld({ QUERY_TIMEOUT_MS: String(timeoutMs) });
  await world.tables.query(`
    alter table trial_index rename to held_trial_index;
    create view trial_index as select h.* from (values (1)) one, lateral (select pg_sleep(600)) s, held_trial_index h`);
  return world;
}

test(
  'a query whose client goes away is cancelled',
  async () => {
    const { server, tables } = await slowWorld(600_000);
    const running = async () =>
      (
        await tables.query(`select from pg_stat_activity where query like '%trial_index k%' and state = 'active'
          and pid <> pg_backend_pid() and datname = current_database()`)
      ).length;
    const leaving = new AbortController();
    const left = fetch(`${server.url}/api/trials`, { signal: leaving.signal }).catch(() => 'left');
    await eventually(async () => (await running()) === 1);
    leaving.abort();
    expect(await left).toBe('left');
    await eventually(async () => (await running()) === 0);
  },
  TIMEOUT_MS,
);

test(
  'a query that takes too long is answered 503',
  async () => {
    const { get } = await slowWorld(5_000);
    expect(await get('/api/trials', 503)).toMatchObject({ code: 'query_too_heavy' });
  },
  TIMEOUT_MS,
);
