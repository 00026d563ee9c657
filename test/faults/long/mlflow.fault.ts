import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { PROJECT } from '../../../dev/stack/folders.ts';
import { groupId } from '../../../src/topics.ts';
import { type PythonClient, startPythonClient } from '../../mlflow/python-client.ts';
import { installTestPython } from '../../runner/python.ts';
import { type HttpProxy, PASS, startHttpProxy } from '../../sinks/mlflow/http-proxy.ts';
import { until } from '../../support/until.ts';
import { startCommand } from '../harness/command.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { type MlflowPart, startMlflowPart } from '../harness/mlflow-part.ts';
import { compareWithMlflow } from '../harness/mlflow-values.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { lagOf, settled } from '../harness/settle.ts';
import { postEvents, trialEvents } from '../harness/trials.ts';

const TRIALS = 10;
const EPOCHS = 40;
const STUDY_MS = 240_000;

let mlflow: MlflowPart;
/** In front of MLflow, for the mirror alone. */
let proxy: HttpProxy;
let python: PythonClient;
let interpreter: string;
let world: FaultWorld;
let mirror: RoleProcess;
beforeAll(async () => {
  mlflow = await startMlflowPart();
  proxy = await startHttpProxy(mlflow.url);
  python = await startPythonClient(mlflow.url);
  interpreter = await installTestPython();
  world = await createFaultWorld({
    MLFLOW_TRACKING_URI: mlflow.url,
    CEREBROS_PYTHON: interpreter,
    BRIDGE_MODE: 'warm',
    BRIDGE_WORKERS: '2',
    MLFLOW_LINGER_MS: '100',
  });
  const system = await world.start(['gateway', 'commands', 'router', 'postgres', 'bridge'], {
    environment: { THUNDERLINE_URL: world.gatewayUrl, OPENBLAS_NUM_THREADS: '1' },
  });
  await system.ready();
  await startMirror();
}, 300_000);
afterAll(async () => {
  await world.close();
  await python.close();
  await proxy.close();
  await mlflow.close();
});

/** Unlike those of an earlier run that was interrupted, and left its MLflow. */
const runId = (name: string): string => `${world.topicPrefix}${name}`;

/** Small chunks, so that MLflow can break in the middle of a backlog. */
async function startMirror(trackingUri = proxy.url): Promise<void> {
  const environment = { MLFLOW_TRACKING_URI: trackingUri, CHUNK_RECORDS: '40' };
  mirror = await (await world.start(['mlflow'], { environment })).ready();
}

/** The study of `npm run demo`, with more epochs; its workers log to MLflow only if `payload` names it. */
async function dispatch(run: string, payload: object = {}): Promise<void> {
  const { status } = await fetch(`${world.gatewayUrl}/api/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model_run_id: run,
      n_trials: TRIALS,
      parallelism: 2,
      search_space: {
        learning_rate: { type: 'float', low: 0.01, high: 0.1, log: true },
        n_layers: { type: 'int', low: 2, high: 4 },
      },
      spectral_norm: 'both',
      pruner: 'none',
      seed: 1,
      payload: { epochs: EPOCHS, ...payload },
      timeout_ms: 200_000,
    }),
  });
  expect(status).toBe(202);
}

const count = async (sql: string, run: string): Promise<number> => Number((await world.query(sql, [run])).rows[0].n);
const ended = (run: string) =>
  count(`select count(*) as n from trials where model_run_id = $1 and status in ('completed', 'failed')`, run);
const points = (run: string) => count('select count(*) as n from trial_metric_points where model_run_id = $1', run);

async function complete(run: string): Promise<void> {
  await until('every trial has ended', STUDY_MS, async () => (await ended(run)) === TRIALS);
  await settled(world, ['router', 'postgres', 'mlflow'], STUDY_MS);
}

/** Every trial, with at least one point an epoch, and no difference. */
async function agrees(run: string): Promise<void> {
  const { trials, points: compared, faults } = await compareWithMlflow(world, python, run);
  expect(faults).toEqual([]);
  expect(trials).toBe(TRIALS);
  expect(compared).toBeGreaterThanOrEqual(TRIALS * EPOCHS);
}

test('the ten trials of a study are in MLflow with the same sets of values as in Postgres', async () => {
  await dispatch(runId('study'));
  await complete(runId('study'));
  await agrees(runId('study'));
}, 600_000);

test('so they are after MLflow was killed -9 twice in the middle', async () => {
  await dispatch(runId('killed'));
  await until('a part of the study is mirrored', STUDY_MS, async () => (await points(runId('killed'))) > 2 * EPOCHS);
  await mlflow.kill();
  await until('the study went on without MLflow', STUDY_MS, async () => (await ended(runId('killed'))) >= TRIALS / 2);
  expect(await lagOf(world, 'mlflow')).toBeGreaterThan(0);
  expect(await mirror.health()).toMatchObject({ ok: true, degraded: true });
  const before = await mirror.metric('thunderline_mlflow_points_total');
  await mlflow.part.start();
  await until('MLflow has more points', STUDY_MS, async () => {
    return (await mirror.metric('thunderline_mlflow_points_total')) > before;
  });
  await mlflow.kill();
  expect(await lagOf(world, 'mlflow')).toBeGreaterThan(0);
  await mlflow.part.start();
  await complete(runId('killed'));
  await agrees(runId('killed'));
}, 900_000);

test('so they are after the whole topic went into the mirror again', async () => {
  const runs = await world.query('select run_id from mlflow_links order by 1');
  // A group without a position starts at the first record.
  await mirror.stop();
  const groups = (['ml.events.high', 'ml.events.realtime'] as const).map((topic) =>
    groupId(world.topicPrefix, 'mlflow', topic),
  );
  await world.withAdmin((admin) => admin.deleteGroups(groups));
  expect(await lagOf(world, 'mlflow')).toBeGreaterThan(2 * TRIALS * EPOCHS);
  await startMirror();
  await settled(world, ['mlflow'], STUDY_MS);
  await agrees(runId('study'));
  await agrees(runId('killed'));
  // A replay does not rely on the offsets that were kept, so it sends every point again.
  const replayed = await startCommand(world, 'replay', '--sink', 'mlflow').ended;
  expect(replayed).toEqual({ code: 0, output: expect.stringContaining('done: ') });
  await agrees(runId('study'));
  await agrees(runId('killed'));
  expect((await world.query('select run_id from mlflow_links order by 1')).rows).toEqual(runs.rows);
}, 600_000);

test('a study whose workers log to MLflow themselves has one run for each trial, with the same sets of values', async () => {
  await dispatch(runId('client'), { mlflow: true });
  await complete(runId('client'));
  await agrees(runId('client'));
  expect(
    await count(
      `select count(*) as n from mlflow_links where model_run_id = $1 and origin = 'client'`,
      runId('client'),
    ),
  ).toBe(TRIALS);
}, 600_000);

test('training code that logs to MLflow itself has one run for each trial, not two', async () => {
  for (const { run_id } of await python.activeRuns(`tags.model_run_id = 'examples'`)) await python.deleteRun(run_id);
  await promisify(execFile)(interpreter, ['examples/mlflow_runs.py'], {
    cwd: join(PROJECT, 'workers'),
    env: {
      ...process.env,
      PYTHONPATH: '.',
      MLFLOW_TRACKING_URI: mlflow.url,
      THUNDERLINE_URL: world.gatewayUrl,
    },
  });
  await until('both trials have ended', STUDY_MS, async () => (await ended('examples')) === 2);
  await settled(world, ['router', 'postgres', 'mlflow']);
  const { trials, points: compared, faults } = await compareWithMlflow(world, python, 'examples');
  expect(faults).toEqual([]);
  expect([trials, compared]).toEqual([2, 6]);
  const linked = await world.query(
    `select l.run_id = t.parameters->>'mlflow_run' as same, l.origin from trials t
     join mlflow_links l using (model_run_id, trial_id) where t.model_run_id = 'examples'`,
  );
  expect(linked.rows).toEqual(Array.from({ length: 2 }, () => ({ same: true, origin: 'client' })));
}, 300_000);

test('answers of MLflow that take 30 s delay the mirror alone', async () => {
  let slow = 0;
  proxy.treat(async ({ call }) => {
    if (call !== 'runs/log-batch' || slow >= 4) return PASS;
    slow += 1;
    return new Promise((resolve) => setTimeout(() => resolve(PASS), 30_000));
  });
  await postEvents(world, trialEvents({ modelRunId: runId('slow'), trials: TRIALS, steps: EPOCHS }));
  await settled(world, ['router', 'postgres'], 20_000);
  expect(await lagOf(world, 'mlflow')).toBeGreaterThan(0);
  expect(await ended(runId('slow'))).toBe(TRIALS);
  expect((await mirror.health()).ok).toBe(true);
  await settled(world, ['mlflow'], STUDY_MS);
  expect(slow).toBe(4);
  const { trials, faults } = await compareWithMlflow(world, python, runId('slow'));
  expect(faults).toEqual([]);
  expect(trials).toBe(TRIALS);
}, 600_000);
