import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLE_NAMES, type RoleName } from '../../src/pipeline.ts';
import { version } from '../../src/version.ts';
import { query } from '../support/query.ts';
import { until } from '../support/until.ts';
import { createWorld, mlflowReady, type World } from '../support/world.ts';
import { builtImages, type Images } from './built-images.ts';
import { RoleContainer } from './role-container.ts';

const WAIT_MS = 300_000;
const RUN = 'image';

/** The variables that a container gets of this environment: those of the parts. */
const PARTS = [
  'KAFKA_BROKERS',
  'SCHEMA_REGISTRY_URL',
  'S3_ENDPOINT',
  'S3_BUCKET',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'MLFLOW_ARTIFACTS_DESTINATION',
];

let images: Images;
let world: World;
const containers = new Map<RoleName, RoleContainer>();

const container = (role: RoleName): RoleContainer => {
  const found = containers.get(role);
  if (found === undefined) throw new Error(`no container has the role ${role}`);
  return found;
};

beforeAll(async () => {
  images = await builtImages();
  const mlflow = await mlflowReady();
  world = await createWorld();
  const environment = {
    ...Object.fromEntries(PARTS.map((name) => [name, process.env[name]])),
    DATABASE_URL: world.databaseUrl,
    KAFKA_TOPIC_PREFIX: world.topicPrefix,
    MLFLOW_TRACKING_URI: mlflow,
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
    ARCHIVE_OBJECT_AGE_MS: '1000',
    ARTIFACT_PREFIX: `${world.bucketPrefix}artifacts`,
    BRIDGE_WORKERS: '1',
  };
  for (const role of ROLE_NAMES) {
    const isBridge = role === 'bridge';
    const image = isBridge ? images.bridge : images.roles;
    const args = ['serve', '--roles', role];
    const settings = isBridge ? { ...environment, THUNDERLINE_URL: container('gateway').url } : environment;
    containers.set(role, await RoleContainer.start({ image, name: role, args, environment: settings }));
  }
  await Promise.all([...containers.values()].map((started) => started.ready()));
}, 1_200_000);

afterAll(async () => {
  await Promise.all([...containers.values()].map((started) => started.stop()));
  await world?.close();
}, 300_000);

describe.each(ROLE_NAMES)('the role %s', (role) => {
  test('is ready, and its health check succeeds', async () => {
    await container(role).healthCheck();
  });

  test('reports the version of package.json in build_info', async () => {
    const metrics = await (await fetch(`${container(role).url}/metrics`)).text();
    expect(metrics).toContain(`thunderline_build_info{version="${version()}"`);
  });

  test('runs as user 1000 without a capability, and cannot write its root file system', async () => {
    const status = await container(role).exec('cat', '/proc/1/status');
    expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(status).toMatch(/^Gid:\t1000\t1000\t1000\t1000$/m);
    expect(status).toMatch(/^CapEff:\t0+$/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    await expect(container(role).exec('touch', '/app/file')).rejects.toThrow(/Read-only file system/);
  });
});

test('a posted event becomes rows, and an object of the archive', async () => {
  const response = await fetch(`${container('gateway').url}/api/events/ml`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([
      { event: 'ml.run.start', model_run_id: RUN, trial_id: 'posted' },
      { event: 'ml.run.metric', model_run_id: RUN, trial_id: 'posted', measurements: { loss: 0.5 } },
    ]),
  });
  expect(response.status).toBe(202);
  await until('the point is in its table', WAIT_MS, async () => {
    const { rows } = await query(world.databaseUrl, "select from trial_metric_points where trial_id = 'posted'");
    return rows.length === 1;
  });
  await until('an object of the archive is complete', WAIT_MS, async () => {
    const text = await (await fetch(`${container('archive').url}/metrics`)).text();
    return /^thunderline_archive_objects_total(?:\{[^}]*\})? [1-9]/m.test(text);
  });
});

test('a study runs in the Python of the bridge and is mirrored into MLflow', async () => {
  const response = await fetch(`${container('commands').url}/api/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model_run_id: 'study',
      n_trials: 1,
      parallelism: 1,
      search_space: { hidden_units: { type: 'int', low: 16, high: 32 } },
      spectral_norm: false,
      payload: { epochs: 2 },
      timeout_ms: 300_000,
    }),
  });
  expect(response.status).toBe(202);
  await until('the trial is completed', WAIT_MS, async () => {
    const { rows } = await query(
      world.databaseUrl,
      "select status, error_message from trials where model_run_id = 'study' and status not in ('queued', 'running')",
    );
    if (rows.length > 0) expect(rows).toEqual([{ status: 'completed', error_message: null }]);
    return rows.length === 1;
  });
  // Points wait in the spool until the gateway has them, which a read-only file system would not keep.
  await until('the points of the trial are in their table', WAIT_MS, async () => {
    const { rows } = await query(world.databaseUrl, "select from trial_metric_points where model_run_id = 'study'");
    return rows.length > 0;
  });
  const { rows: outputs } = await query(world.databaseUrl, 'select output from bridge_attempts');
  expect(JSON.stringify(outputs)).not.toContain('wait in memory');
  await until('the trial has a run of MLflow', WAIT_MS, async () => {
    const { rows } = await query(
      world.databaseUrl,
      "select from mlflow_links where model_run_id = 'study' and trial_id is not null and run_id is not null",
    );
    return rows.length === 1;
  });
});

test('queries, pages, the live feed, artifacts and the observer answer', async () => {
  const runs = await fetch(`${container('queries').url}/api/runs`);
  expect(runs.status).toBe(200);
  const page = await (await fetch(`${container('pages').url}/`)).text();
  const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page) ?? [];
  expect((await fetch(`${container('pages').url}${script}`)).status).toBe(200);
  const stop = new AbortController();
  const feed = await fetch(`${container('live').url}/api/live?model_run_id=${RUN}`, { signal: stop.signal });
  expect(feed.headers.get('content-type')).toContain('text/event-stream');
  stop.abort();
  const artifact = `${container('artifacts').url}/api/runs/${RUN}/trials/posted/artifacts/note.txt`;
  expect((await fetch(artifact, { method: 'PUT', body: 'a note' })).status).toBe(201);
  await until('the observer has read the groups', WAIT_MS, async () => {
    const text = await (await fetch(`${container('observer').url}/metrics`)).text();
    return /^thunderline_group_lag_records\{/m.test(text);
  });
});

test('no container used up its memory, and each stops with exit code 0', async () => {
  const codes = await Promise.all([...containers].map(async ([role, started]) => [role, await started.stop()]));
  expect(Object.fromEntries(codes)).toEqual(Object.fromEntries(ROLE_NAMES.map((role) => [role, 0])));
});
