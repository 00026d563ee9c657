import { afterAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { isDue } from '../../src/store/is-due.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
const client = new pg.Client(world.databaseUrl);
await client.connect();
afterAll(async () => {
  await client.end();
  await world.close();
});

test('a time is due at the moment at which it was written, as it was rounded', async () => {
  await client.query('create temp table waiting (due_at timestamptz(3) not null default now())');
  for (let times = 0; times < 50; times += 1) {
    // `now()` is the start of the transaction: the same moment for both statements.
    await client.query('begin; insert into waiting default values');
    const { rows } = await client.query(`select * from waiting where not (${isDue('due_at')})`);
    await client.query('rollback');
    expect(rows).toEqual([]);
  }
});
