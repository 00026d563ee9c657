import { afterAll, expect, test } from '@jest/globals';
import { type AdvisoryLock, createAdvisoryLocks } from '../../src/store/advisory-locks.ts';
import { DatabaseUnavailable } from '../../src/store/database-error.ts';
import { eventually } from '../support/eventually.ts';
import { query } from '../support/query.ts';
import { until } from '../support/until.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
/** Two processes: each has a connection of its own. */
const [ours, theirs] = [createAdvisoryLocks(world.databaseUrl, 'test'), createAdvisoryLocks(world.databaseUrl, 'test')];
afterAll(async () => {
  await ours.close();
  await theirs.close();
  await world.close();
});

async function lock(locks: typeof ours, name: string): Promise<AdvisoryLock> {
  const held = await locks.tryLock(name);
  if (held === undefined) throw new Error(`${name} is held`);
  return held;
}

test('a lock excludes other processes and other work of this one, until it is released', async () => {
  const held = await lock(ours, 'a');
  expect(await ours.tryLock('a')).toBeUndefined();
  expect(await theirs.tryLock('a')).toBeUndefined();
  await (await lock(theirs, 'b')).release();
  await held.release();
  await held.release();
  const again = await lock(theirs, 'a');
  await held.release();
  expect(await ours.tryLock('a')).toBeUndefined();
  await again.release();
});

test('locks asked for at the same time are given to one', async () => {
  const results = await Promise.all([ours, theirs, ours, theirs].map((locks) => locks.tryLock('race')));
  const held = results.filter((result) => result !== undefined);
  expect(held).toHaveLength(1);
  await held[0]?.release();
});

test('a lost connection loses its locks, reports it, and is opened again', async () => {
  const held = await lock(ours, 'c');
  expect(held.lost.aborted).toBe(false);
  await query(
    world.databaseUrl,
    "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())",
  );
  await eventually(() => held.lost.aborted);
  // Postgres reports the end of a connection before it releases the locks.
  const taken = await until('the lock is free', 60_000, () => theirs.tryLock('c'));
  expect(await ours.tryLock('c')).toBeUndefined();
  // The lock belongs to another process now.
  await held.release();
  expect(await ours.tryLock('c')).toBeUndefined();
  await taken.release();
  await (await lock(ours, 'c')).release();
});

test('a database that does not answer is reported as unavailable', async () => {
  const away = createAdvisoryLocks('postgres://user:s3cret@127.0.0.1:1/none', 'test');
  const error = await away.tryLock('a').catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DatabaseUnavailable);
  expect((error as Error).message).toMatch(/cannot lock in Postgres: .*ECONNREFUSED/);
  expect((error as Error).message).not.toContain('s3cret');
  await away.close();
});
