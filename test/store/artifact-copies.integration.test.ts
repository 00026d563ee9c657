import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { migrate } from '../../src/store/migrate.ts';
import { artifactCopies } from '../../src/store/tables/artifact-copies.ts';
import { takeOverRun } from '../../src/store/tables/mlflow-link-states.ts';
import { createWorld } from '../support/world.ts';

const world = await createWorld();
await migrate(world.databaseUrl);
const pool = new pg.Pool({ connectionString: world.databaseUrl, max: 1 });
const copies = artifactCopies(pool);
afterAll(async () => {
  await pool.end();
  await world.close();
});
beforeEach(() => pool.query('truncate artifact_copies, mlflow_links'));

const link = (trial: string, runId: string): Promise<boolean> =>
  takeOverRun(
    pool,
    { key: randomUUID(), model_run_id: 'r', trial_id: trial, run_id: runId, experiment_id: '1', startedAtMs: 1 },
    '21',
  );

async function add(trial: string): Promise<string> {
  const artifact_id = randomUUID();
  await copies.add([{ artifact_id, model_run_id: 'r', trial_id: trial, uri: 's3://b/k', name: null }]);
  return artifact_id;
}

const waiting = async (): Promise<readonly unknown[]> =>
  (await pool.query(`select trial_id from artifact_copies where state = 'waiting' order by trial_id`)).rows.map(
    ({ trial_id }) => trial_id,
  );

test('a copy waits again once its trial has another MLflow run', async () => {
  await link('same', 'run-1');
  await link('moved', 'run-3');
  await copies.copied(await add('same'), 'run-1');
  await copies.copied(await add('moved'), 'run-2');
  expect(await waiting()).toEqual([]);
  expect(await copies.review()).toBeUndefined();
  expect(await waiting()).toEqual(['moved']);
});

test('a copy that was left out is tried again after a day', async () => {
  await copies.leaveOut(await add('today'), 'the MLflow run of the trial was deleted');
  const yesterday = await add('yesterday');
  await copies.leaveOut(yesterday, 'the MLflow run of the trial was deleted');
  await pool.query(`update artifact_copies set due_at = now() - interval '25 hours' where artifact_id = $1`, [
    yesterday,
  ]);
  await copies.review();
  expect(await waiting()).toEqual(['yesterday']);
});

test('a large table is looked at in parts', async () => {
  await pool.query(`
    insert into artifact_copies (artifact_id, model_run_id, trial_id, uri, state, run_id)
    select gen_random_uuid(), 'r', 'moved', 's3://b/k', 'copied', 'run-2' from generate_series(1, 10500)`);
  await link('moved', 'run-3');
  const next = await copies.review();
  expect(await waiting()).toHaveLength(10_000);
  expect(await copies.review(next)).toBeUndefined();
  expect(await waiting()).toHaveLength(10_500);
});
