import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { type CopyDueParts, copyDue } from '../../../src/artifacts/mlflow/copy-due.ts';
import { loadConfig } from '../../../src/config.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { openMlflow } from '../../../src/mlflow/client.ts';
import { createAdvisoryLocks } from '../../../src/store/advisory-locks.ts';
import { artifactCopies } from '../../../src/store/tables/artifact-copies.ts';
import { createWorld } from '../../support/world.ts';
import { openTestBucket } from '../bucket.ts';

const world = await createWorld();
// No server listens there.
const config = loadConfig({ ...world.environment, MLFLOW_TRACKING_URI: 'http://127.0.0.1:1' });
const metrics = createMetrics();
const bucket = await openTestBucket({ databaseUrl: world.databaseUrl, s3: config.s3 });
const { pool, copier } = bucket;
const locks = createAdvisoryLocks(world.databaseUrl, 'test');
const mlflow = openMlflow(config.mlflow, { locks, metrics });
const copies = artifactCopies(pool);
const parts: CopyDueParts = {
  copies,
  mlflow,
  copier,
  links: { bucket: config.s3.bucket, buckets: [], prefix: 'artifacts', archivePrefix: 'archive' },
  destination: `s3://${config.s3.bucket}/mlflow`,
  currentUpload: async () => undefined,
  metrics,
  signal: new AbortController().signal,
};

afterAll(async () => {
  await mlflow.close();
  await locks.close();
  await bucket.close();
  await world.close();
});
beforeEach(async () => {
  await pool.query('delete from artifact_copies; delete from mlflow_links');
});

const add = (trial_id: string) =>
  copies.add([
    { artifact_id: randomUUID(), model_run_id: 'r', trial_id, uri: `s3://${config.s3.bucket}/${trial_id}`, name: null },
  ]);
const link = (trial_id: string, run: string) =>
  pool.query(
    `insert into mlflow_links (key, model_run_id, trial_id, state, origin, run_id)
     values (gen_random_uuid(), 'r', $1, 'linked', 'mirror', $2)`,
    [trial_id, run],
  );
const rows = async () =>
  (
    await pool.query(
      'select trial_id, state, reason, attempts, due_at > now() as later from artifact_copies order by trial_id',
    )
  ).rows;

test('artifacts whose trials have no MLflow run wait, each for longer', async () => {
  await add('a');
  await copyDue(parts);
  const waiting = { trial_id: 'a', state: 'waiting', reason: 'the trial has no MLflow run yet', later: true };
  expect(await rows()).toEqual([{ ...waiting, attempts: 1 }]);
  await copyDue(parts);
  expect(await rows()).toEqual([{ ...waiting, attempts: 1 }]);
  await pool.query('update artifact_copies set due_at = now()');
  await copyDue(parts);
  expect(await rows()).toEqual([{ ...waiting, attempts: 2 }]);
});

test('artifacts wait while MLflow is unavailable, and after three of them the rest is not tried', async () => {
  const trials = ['a', 'b', 'c', 'd', 'e'];
  for (const [index, trial] of trials.entries()) {
    await add(trial);
    await pool.query(`update artifact_copies set due_at = now() - make_interval(secs => $2) where trial_id = $1`, [
      trial,
      10 - index,
    ]);
    await link(trial, `run-${trial}`);
  }
  await expect(copyDue(parts)).rejects.toMatchObject({ name: 'MlflowUnavailable' });
  const tried = { state: 'waiting', reason: expect.stringContaining('ECONNREFUSED'), attempts: 1, later: true };
  const untouched = { state: 'waiting', reason: null, attempts: 0, later: false };
  expect(await rows()).toEqual([
    ...['a', 'b', 'c'].map((trial_id) => ({ trial_id, ...tried })),
    ...['d', 'e'].map((trial_id) => ({ trial_id, ...untouched })),
  ]);
});

test('an artifact is left out after a week without an MLflow run', async () => {
  await add('a');
  await pool.query(`update artifact_copies set created_at = now() - interval '8 days'`);
  await copyDue(parts);
  expect(await rows()).toMatchObject([{ state: 'left_out', reason: 'the trial has no MLflow run yet' }]);
});

test('an MLflow run that a trial states is not used before the mirror has linked it', async () => {
  await add('a');
  await pool.query(
    `insert into cerebros_model_trials (model_run_id, trial_id, status, mlflow_run_id, outcome_version)
     values ('r', 'a', 'running', 'of-somebody-else', '1')`,
  );
  await copyDue(parts);
  expect(await rows()).toMatchObject([{ state: 'waiting', reason: 'the trial has no MLflow run yet' }]);
});

test('artifacts that failed are claimed after all others, and those of bound keys are marked', async () => {
  for (const trial of ['failed', 'new']) await add(trial);
  await pool.query(
    `update artifact_copies set failures = 1, due_at = now() - interval '1 day' where trial_id = 'failed'`,
  );
  await pool.query(
    `insert into api_keys (id, name, hash, scopes, run_prefix, revoked_at)
     values ('aaaaaaaaaaaaaaaa', 'x', decode(repeat('00', 32), 'hex'), '{ingest}', 'r', now())`,
  );
  expect(await copies.claim(1, 60_000)).toMatchObject([{ trial_id: 'new', is_bound: true }]);
  expect(await copies.claim(1, 60_000)).toMatchObject([{ trial_id: 'failed', is_bound: true }]);
  await copies.add([{ artifact_id: randomUUID(), model_run_id: 'R/1', trial_id: 't', uri: 's3://b/k', name: null }]);
  expect(await copies.claim(1, 60_000)).toMatchObject([{ model_run_id: 'R/1', is_bound: false }]);
});

test('two processes claim different artifacts', async () => {
  for (let count = 0; count < 10; count += 1) await add(`t-${count}`);
  const claimed = await Promise.all([copies.claim(5, 60_000), copies.claim(5, 60_000), copies.claim(5, 60_000)]);
  const ids = claimed.flat().map(({ artifact_id }) => artifact_id);
  expect(new Set(ids).size).toBe(ids.length);
  expect((await copies.claim(20, 60_000)).length).toBe(10 - ids.length);
});
