import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MIGRATIONS } from '../../src/store/migrate.ts';
import { until } from '../support/until.ts';
import { post } from './harness/post.ts';
import { createReleaseWorld, type ReleaseWorld } from './harness/release-world.ts';

const WAIT_MS = 180_000;
const LATEST = MIGRATIONS.at(-1)?.name ?? '';

let world: ReleaseWorld;
beforeEach(async () => {
  world = await createReleaseWorld(process.env.SCHEMA_REGISTRY_URL ?? '');
});
afterEach(() => world.close());

const start = (trial: string) => [
  { event: 'ml.trial.start', event_id: randomUUID(), model_run_id: 'versions', trial_id: trial },
];
const inRow = (trial: string) =>
  until(`${trial} is in its row`, WAIT_MS, async () => {
    const { rowCount } = await world.query('select from cerebros_model_trials where trial_id = $1', [trial]);
    return rowCount === 1;
  });

test('a new version waits for the migration of older tables, and names the step', async () => {
  await world.run('migrate');
  await world.query(MIGRATIONS.at(-1)?.down ?? '');
  await world.query('delete from knex_migrations where name = $1', [LATEST]);
  const waiting = await world.start(['artifacts']);
  const sentence = `the tables lack ${LATEST}: run "npx thunderline migrate", or the role postgres without --no-migrate`;
  await until('the role reports what it waits for', WAIT_MS, async () => (await waiting.problems()).includes(sentence));
  expect(await world.run('migrate')).toContain(`applied  ${LATEST}`);
  await waiting.ready(WAIT_MS);
});

test('an old version goes on beside a newer one that has added to the tables', async () => {
  await world.run('migrate');
  const system = await (await world.start(['gateway', 'router', 'postgres'])).ready(WAIT_MS);
  await post(system.url, start('before'));
  await inRow('before');
  // The steps of a version that does not exist yet, while this one works.
  await world.query(`alter table cerebros_model_trials add column later text not null default 'x'`);
  await world.query('create table later (id int)');
  await world.query(`insert into knex_migrations (name, batch, migration_time) values ('9000-later', 9, now())`);
  await post(system.url, start('after'));
  await inRow('after');
  expect(await system.stop()).toBe('exit code 0');
  const again = await (await world.start(['gateway', 'router', 'postgres'])).ready(WAIT_MS);
  await post(again.url, start('again'));
  await inRow('again');
});

test('a version that is too old for the tables refuses them, and continues when they allow it', async () => {
  await world.run('migrate');
  await world.query(`update schema_floor set step = '9001-contract'`);
  const sentence = 'the tables need a version of Thunderline that contains the step 9001-contract';
  expect(await world.fails('migrate')).toContain(sentence);
  const system = await world.start(['gateway', 'router', 'postgres', 'queries']);
  await until('the roles report it', WAIT_MS, async () => (await system.problems()).includes(sentence));
  await post(system.url, start('kept'));
  // The event is in the log, and in no table.
  expect((await world.query('select from cerebros_model_trials')).rowCount).toBe(0);
  await world.query(`update schema_floor set step = $1`, [LATEST]);
  await system.ready(WAIT_MS);
  await inRow('kept');
});
