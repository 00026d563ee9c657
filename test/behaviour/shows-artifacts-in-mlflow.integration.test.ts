import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { STACK_PYTHON } from '../../dev/parts/python.ts';
import { type ArtifactCopies, artifactCopies } from '../../src/store/tables/artifact-copies.ts';
import { type ArtifactWorld, createArtifactWorld, pathOf, sha256 } from '../artifacts/artifact-world.ts';
import { accepted, createMlflowWorld, type MlflowWorld } from '../mlflow/mlflow-world.ts';
import { installTestPython } from '../runner/python.ts';
import { until } from '../support/until.ts';
import { mlflowReady } from '../support/world.ts';

const TIMEOUT_MS = 180_000;
const MIB = 1_048_576;

let world: ArtifactWorld;
let mlflow: MlflowWorld;
let study: string;
let python: string;
let pool: pg.Pool;
let copies: ArtifactCopies;

beforeAll(async () => {
  const uri = await mlflowReady();
  mlflow = await createMlflowWorld();
  world = await createArtifactWorld(
    {
      MLFLOW_TRACKING_URI: uri,
      MLFLOW_ARTIFACTS_DESTINATION: `s3://${process.env.S3_BUCKET}/mlflow`,
      MLFLOW_LINGER_MS: '0',
    },
    'mlflow',
  );
  study = mlflow.name('study');
  python = await installTestPython(STACK_PYTHON);
  pool = new pg.Pool({ connectionString: world.databaseUrl, max: 1 });
  copies = artifactCopies(pool);
}, TIMEOUT_MS);
afterAll(async () => {
  await pool.end();
  await world.close();
  await mlflow.close();
});

const start = (trial: string, about: object = {}) =>
  world.post({ event: 'ml.trial.start', model_run_id: study, trial_id: trial, ...about });
const complete = (trial: string, about: object = {}) =>
  world.post({ event: 'ml.trial.complete', model_run_id: study, trial_id: trial, ...about });

interface CopyRow {
  readonly state: string;
  readonly run_id: string | null;
  readonly reason: string | null;
}

/** The copies of a trial once none of them waits and there are `count` of them. */
const settled = (trial: string, count: number): Promise<readonly CopyRow[]> =>
  until(`${count} copies of ${trial}`, TIMEOUT_MS / 2, async () => {
    const rows = await world.tables.query<CopyRow>(
      'select state, run_id, reason from artifact_copies where trial_id = $1 order by uri',
      [trial],
    );
    return rows.length === count && rows.every(({ state }) => state !== 'waiting') && rows;
  });

/** The artifacts that MLflow's official client lists and downloads of a run: path, then size and SHA-256. */
async function readArtifacts(runId: string): Promise<Readonly<Record<string, readonly [number, string]>>> {
  const script = join(import.meta.dirname, '../mlflow/read_artifacts.py');
  const { stdout } = await promisify(execFile)(python, ['-W', 'ignore', script, mlflow.client.base, runId]);
  return JSON.parse(stdout);
}

const content = (body: Buffer | string) => [Buffer.byteLength(body), sha256(body)];

test(
  'an upload and a stated artifact are listed and downloadable in the MLflow run of their trial',
  async () => {
    const large = randomBytes(9 * MIB);
    await start('both');
    await world.put(pathOf(study, 'both', 'checkpoints/epoch 3 ü.pth'), large);
    const uri = await world.putObject('models/both/model.pth', 'model');
    await complete('both', { artifact_uri: uri });
    const [copy, other] = await settled('both', 2);
    expect([copy, other]).toMatchObject([{ state: 'copied' }, { state: 'copied', run_id: copy?.run_id }]);
    expect(await readArtifacts(copy?.run_id ?? '')).toEqual({
      'checkpoints/epoch 3 ü.pth': content(large),
      [uri.replace('s3://', '')]: content('model'),
    });
  },
  TIMEOUT_MS,
);

test(
  'uploads of any name are listed and downloadable, although MLflow refuses some names',
  async () => {
    const names = ['#h?q;x', '%2e%2e', ' a ', 'C:m', '😀.pth', `it's "q" & <b>.pth`, 'é'.repeat(100), 'x'.repeat(200)];
    await start('names');
    for (const name of names) expect((await world.put(pathOf(study, 'names', name), `of ${name}`)).status).toBe(201);
    const [copy] = await settled('names', names.length);
    const found = Object.values(await readArtifacts(copy?.run_id ?? '')).sort();
    expect(found).toEqual(names.map((name) => content(`of ${name}`)).sort());
  },
  TIMEOUT_MS,
);

test(
  'an upload that replaces another one replaces it in MLflow too',
  async () => {
    await start('replaced');
    await world.put(pathOf(study, 'replaced', 'm.pth'), 'one');
    const [first] = await settled('replaced', 1);
    await world.put(pathOf(study, 'replaced', 'm.pth'), 'two');
    await settled('replaced', 2);
    expect(await readArtifacts(first?.run_id ?? '')).toEqual({ 'm.pth': content('two') });
  },
  TIMEOUT_MS,
);

test(
  'an upload waits for the MLflow run that the training code logs to, and replaces none of its artifacts',
  async () => {
    await world.put(pathOf(study, 'client', 'model.pth'), 'of the upload');
    await until('an attempt without a run', TIMEOUT_MS / 2, async () => {
      const [row] = await world.tables.query<CopyRow>(`select reason from artifact_copies where trial_id = 'client'`);
      return row?.reason === 'the trial has no MLflow run yet';
    });
    const runId = await mlflow.createRun(await mlflow.createExperiment('client'));
    const run = accepted(await mlflow.client.getRun(runId));
    const folder = run.artifactUri.replace('mlflow-artifacts:/', 'mlflow/');
    await world.putAt(`${folder}/model.pth`, 'of the training code');
    await start('client', { mlflow_run_id: runId });
    await world.tables.query(`update artifact_copies set due_at = now() where trial_id = 'client'`);
    expect(await settled('client', 1)).toEqual([{ state: 'copied', run_id: runId, reason: null }]);
    const found = await readArtifacts(runId);
    const [, own = ''] = Object.keys(found).sort();
    expect(own).toMatch(/^thunderline\/[0-9a-f]{12}\/model\.pth$/);
    expect(found).toEqual({ 'model.pth': content('of the training code'), [own]: content('of the upload') });
  },
  TIMEOUT_MS,
);

test(
  'an artifact follows its trial to another MLflow run',
  async () => {
    await start('moved');
    await world.put(pathOf(study, 'moved', 'm.pth'), 'content');
    const [first] = await settled('moved', 1);
    const runId = await mlflow.createRun(await mlflow.createExperiment('moved'));
    await start('moved', { mlflow_run_id: runId });
    await until('the link to the other run', TIMEOUT_MS / 2, async () => {
      const [link] = await world.tables.query(`select run_id from mlflow_links where trial_id = 'moved'`);
      return link?.run_id === runId;
    });
    // The role does this once a minute.
    await copies.review();
    const second = await until('the copy in the other run', TIMEOUT_MS / 2, async () => {
      const [row] = await settled('moved', 1);
      return row?.run_id !== first?.run_id && row;
    });
    expect(second.run_id).toBe(runId);
    expect(await readArtifacts(runId)).toEqual({ 'm.pth': content('content') });
  },
  TIMEOUT_MS,
);

test(
  'an artifact in a bucket that is not configured is left out, with the reason',
  async () => {
    await start('elsewhere');
    await complete('elsewhere', { artifact_uri: 's3://another-bucket/model.pth' });
    const [copy] = await settled('elsewhere', 1);
    expect(copy).toMatchObject({ state: 'left_out', reason: expect.stringContaining('neither S3_BUCKET') });
  },
  TIMEOUT_MS,
);
