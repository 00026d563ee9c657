import { randomUUID } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type CopyDueParts, copyDue } from '../../../src/artifacts/mlflow/copy-due.ts';
import { loadConfig } from '../../../src/config.ts';
import { createMetrics } from '../../../src/metrics.ts';
import { artifactCopies } from '../../../src/store/tables/artifact-copies.ts';
import { accepted, createMlflowWorld, type MlflowWorld } from '../../mlflow/mlflow-world.ts';
import { sha256 } from '../artifact-world.ts';
import { type Bucket, openTestBucket } from '../bucket.ts';
import { type S3Front, startS3Front } from '../s3-front.ts';

const TIMEOUT_MS = 180_000;

let mlflow: MlflowWorld;
let front: S3Front;
let bucket: Bucket;
let parts: CopyDueParts;
let experiment: string;

beforeAll(async () => {
  mlflow = await createMlflowWorld();
  const { s3 } = loadConfig(mlflow.world.environment);
  front = await startS3Front(s3.endpoint?.reveal() ?? '');
  bucket = await openTestBucket({ databaseUrl: mlflow.world.databaseUrl, s3, endpoint: front.url });
  experiment = await mlflow.createExperiment('copies');
  parts = {
    copies: artifactCopies(bucket.pool),
    mlflow: mlflow.client,
    copier: bucket.copier,
    links: { bucket: s3.bucket, buckets: ['no-such-bucket'], prefix: 'artifacts', archivePrefix: 'archive' },
    destination: `s3://${s3.bucket}/mlflow`,
    currentUpload: async () => undefined,
    metrics: createMetrics(),
    signal: new AbortController().signal,
  };
}, TIMEOUT_MS);
afterAll(async () => {
  await bucket.close();
  await front.close();
  await mlflow.close();
});
beforeEach(async () => {
  await bucket.pool.query('delete from artifact_copies; delete from mlflow_links; delete from api_keys');
  front.set(() => undefined);
});

/** Stores an object, and returns its address. */
async function put(path: string, body: string): Promise<string> {
  const key = `${mlflow.world.bucketPrefix}${path}`;
  await bucket.store.put(
    { bucket: parts.links.bucket, key },
    { bytes: Buffer.from(body), sha256: sha256(body) },
    'a/b',
  );
  return `s3://${parts.links.bucket}/${key}`;
}

const add = (trial_id: string, uri: string, name: string | null = null) =>
  parts.copies.add([{ artifact_id: randomUUID(), model_run_id: 'r', trial_id, uri, name }]);

/** Links a trial to a new MLflow run, as the mirror does. */
async function link(trial: string, run?: string): Promise<string> {
  const runId = run ?? (await mlflow.createRun(experiment));
  await bucket.pool.query(
    `insert into mlflow_links (key, model_run_id, trial_id, state, origin, run_id)
     values (gen_random_uuid(), 'r', $1, 'linked', 'mirror', $2)`,
    [trial, runId],
  );
  return runId;
}

/** The objects in the folder of a run, without it. */
async function objectsOf(runId: string): Promise<readonly string[]> {
  const { artifactUri } = accepted(await mlflow.client.getRun(runId));
  const folder = artifactUri.replace('mlflow-artifacts:/', 'mlflow/');
  const listed = await bucket.client.send(
    new ListObjectsV2Command({ Bucket: parts.links.bucket, Prefix: `${folder}/` }),
  );
  return (listed.Contents ?? []).map(({ Key = '' }) => Key.slice(folder.length + 1));
}

const rows = async () =>
  (
    await bucket.pool.query(
      `select trial_id, state, reason, failures, due_at > now() + interval '4 minutes' as rarely
       from artifact_copies order by trial_id`,
    )
  ).rows;

test.each([403, 400, 409])(
  'objects that the store answers %d for hold up no other, and are tried again rarely',
  async (status) => {
    const refused = ['a', 'b', 'c', 'd', 'e'];
    for (const trial of refused) {
      await add(trial, await put(`refused/${trial}`, trial));
      await link(trial);
    }
    await add('z', await put('z.pth', 'z'), 'z.pth');
    const runId = await link('z');
    front.set(({ url }) => (url.includes('/refused/') ? status : undefined));
    await copyDue(parts);
    expect(await objectsOf(runId)).toEqual(['z.pth']);
    expect(await rows()).toEqual([
      ...refused.map((trial_id) => ({
        trial_id,
        state: 'waiting',
        reason: expect.stringContaining(`(status ${status})`),
        failures: 1,
        rarely: true,
      })),
      { trial_id: 'z', state: 'copied', reason: null, failures: 0, rarely: expect.any(Boolean) },
    ]);
    await bucket.pool.query(`update artifact_copies set due_at = now(), created_at = now() - interval '8 days'`);
    await copyDue(parts);
    expect((await rows()).map(({ state }) => state)).toEqual([...refused.map(() => 'left_out'), 'copied']);
  },
  TIMEOUT_MS,
);

test(
  'a run whose artifacts are in a bucket that does not exist holds up no other',
  async () => {
    const location = 's3://no-such-bucket/models';
    const lost = accepted(
      await mlflow.client.createExperiment({ name: mlflow.name('lost'), tags: [], artifactLocation: location }),
    );
    const uri = await put('m.pth', 'm');
    await add('a', uri, 'm.pth');
    await link('a', await mlflow.createRun(lost));
    await add('z', uri, 'm.pth');
    const runId = await link('z');
    await copyDue(parts);
    expect(await objectsOf(runId)).toEqual(['m.pth']);
    expect(await rows()).toMatchObject([{ reason: expect.stringContaining('NoSuchBucket'), rarely: true }, {}]);
  },
  TIMEOUT_MS,
);

test(
  'files of one name at different addresses, and an upload of that name, are all in the run',
  async () => {
    const [one, two, upload] = [await put('one/m.pth', '1'), await put('two/m.pth', '2'), await put('up/m.pth', '3')];
    await add('t', one);
    await add('t', two);
    await add('t', upload, 'm.pth');
    const runId = await link('t');
    await copyDue(parts);
    const expected = [one, two].map((uri) => uri.replace('s3://', ''));
    expect([...(await objectsOf(runId))].sort()).toEqual(['m.pth', ...expected].sort());
    await bucket.pool.query(`update artifact_copies set state = 'waiting', due_at = now()`);
    await copyDue(parts);
    expect(await objectsOf(runId)).toHaveLength(3);
  },
  TIMEOUT_MS,
);

test(
  'no artifact is copied into a run that a trial only states, nor an address that the holder of a bound key may have stated',
  async () => {
    const runId = await mlflow.createRun(experiment);
    await bucket.pool.query(
      `insert into cerebros_model_trials (model_run_id, trial_id, status, mlflow_run_id, outcome_version)
       values ('r', 'a', 'running', $1, '1')`,
      [runId],
    );
    await bucket.pool.query(
      `insert into api_keys (id, name, hash, scopes, run_prefix)
       values ('aaaaaaaaaaaaaaaa', 'x', decode(repeat('00', 32), 'hex'), '{ingest}', 'r')`,
    );
    await add('a', await put('a.pth', 'a'), 'a.pth');
    await add('b', await put('team-b/secret.pth', 'b'));
    const linked = await link('b');
    await copyDue(parts);
    expect([await objectsOf(runId), await objectsOf(linked)]).toEqual([[], []]);
    expect(await rows()).toMatchObject([
      { state: 'waiting', reason: 'the trial has no MLflow run yet' },
      { state: 'left_out', reason: expect.stringContaining('keys that are bound to runs get uploads only') },
    ]);
  },
  TIMEOUT_MS,
);
