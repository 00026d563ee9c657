import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { STACK_PYTHON } from '../../../dev/parts/python.ts';
import { PROJECT } from '../../../dev/stack/folders.ts';
import { type PythonClient, startPythonClient } from '../../mlflow/python-client.ts';
import { installTestPython } from '../../runner/python.ts';
import { until } from '../../support/until.ts';
import { startCommand } from '../harness/command.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { type MlflowPart, startMlflowPart } from '../harness/mlflow-part.ts';
import { settled } from '../harness/settle.ts';

const RUNS = 200;
/** Of these, one was written by a mirror; one more run is deleted. */
const IMPORTED = RUNS - 1;
const EXPERIMENT = `old runs ${randomBytes(5).toString('hex')}`;
/** Points of one series that MLflow's chart shows without leaving any out. */
const CHART_POINTS = 2_500;
const LONG = 'long';
const WAIT_MS = 180_000;

let mlflow: MlflowPart;
let python: PythonClient;
let world: FaultWorld;
let made: Readonly<Record<string, string>>;
beforeAll(async () => {
  mlflow = await startMlflowPart();
  python = await startPythonClient(mlflow.url);
  const script = join(PROJECT, 'test/mlflow-import/make_runs.py');
  const program = await installTestPython(STACK_PYTHON);
  const { stdout } = await promisify(execFile)(program, ['-W', 'ignore', script, mlflow.url, EXPERIMENT, String(RUNS)]);
  made = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  world = await createFaultWorld({ MLFLOW_TRACKING_URI: mlflow.url });
  await (await world.start(['router', 'postgres', 'mlflow'])).ready();
}, 300_000);
afterAll(async () => {
  await world.close();
  await python.close();
  await mlflow.close();
});

const importAll = () => startCommand(world, 'mlflow', 'import', '--experiment', EXPERIMENT);
const trials = async (): Promise<number> =>
  Number((await world.query('select count(*) as n from trials where model_run_id = $1', [EXPERIMENT])).rows[0].n);

/** The data of a chart of MLflow's own pages, as they ask for it: time, step and value of each point, in order. */
async function chartOfMlflow(runId: string, name: string): Promise<readonly string[]> {
  const query = new URLSearchParams({ run_ids: runId, metric_key: name, max_results: String(CHART_POINTS) });
  const answer = await fetch(`${mlflow.url}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval?${query}`);
  // Bare words that JSON does not have.
  const text = (await answer.text()).replaceAll(/("value": ?)(NaN|-?Infinity)/g, '$1"$2"');
  const { metrics = [] } = JSON.parse(text) as {
    metrics?: { timestamp: number; step: number; value: number | string }[];
  };
  return metrics.map(({ timestamp, step, value }) => `${step ?? 0} ${timestamp} ${Number(value)}`).sort();
}

/** The same from Postgres; ±Infinity as MLflow stores it. */
async function chartOfPostgres(trialId: string, name: string): Promise<readonly string[]> {
  const { rows } = await world.query(
    `select step::text, (extract(epoch from recorded_at) * 1000)::bigint::text as at, value from trial_metric_points
     where model_run_id = $1 and trial_id = $2 and name = $3`,
    [EXPERIMENT, trialId, name],
  );
  const stored = (value: number): number => Math.sign(value) * Math.min(Math.abs(value), Number.MAX_VALUE);
  return rows.map(({ step, at, value }) => `${step} ${at} ${stored(value)}`).sort();
}

test('200 old runs are imported whole, although the import and MLflow are killed -9 in the middle', async () => {
  const killed = importAll();
  await until('some runs are imported', WAIT_MS, async () => (await trials()) > 20);
  killed.kill();
  expect((await killed.ended).code).toBeNull();
  await settled(world, ['router', 'postgres']);
  const before = await finished();
  const resumed = importAll();
  await until('more runs are whole', WAIT_MS, async () => (await finished()) > before);
  expect(await finished()).toBeLessThan(IMPORTED);
  await mlflow.kill();
  await mlflow.part.start();
  // Two runs have a point that no event can hold; the command reports them and exits with 1.
  const { code, output } = await resumed.ended;
  expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/incomplete/) });
  await settled(world, ['router', 'postgres', 'mlflow'], WAIT_MS);
  expect(await trials()).toBe(IMPORTED);
}, 600_000);

/** Trials that have ended. */
async function finished(): Promise<number> {
  const sql = `select count(*) as n from trials where model_run_id = $1 and completed_at is not null`;
  return Number((await world.query(sql, [EXPERIMENT])).rows[0].n);
}

test('their charts have the data of those of MLflow', async () => {
  let charts = 0;
  for (const [name, runId] of Object.entries(made)) {
    if (name === 'mirrored' || name === LONG || name === 'negative') continue;
    const { points } = await python.readRun(runId);
    for (const metric of new Set(points.map(([key]) => key))) {
      const chart = await chartOfPostgres(runId, metric);
      expect({ name, metric, chart }).toEqual({ name, metric, chart: await chartOfMlflow(runId, metric) });
      expect(chart).toHaveLength(points.filter(([key]) => key === metric).length);
      charts += 1;
    }
  }
  expect(charts).toBeGreaterThan(3 * (IMPORTED - 10));
}, 300_000);

test('a chart of more points than MLflow shows at once has all of them', async () => {
  const runId = made[LONG] ?? '';
  const { points } = await python.readRun(runId);
  const all = points.map(([, value, at, step]) => `${step} ${at} ${Number(value)}`).sort();
  expect(all).toHaveLength(26_000);
  expect(await chartOfPostgres(runId, 'loss')).toEqual(all);
});

test('the mirror makes no second run of an imported one', async () => {
  const keyed = await python.activeRuns(`tags.model_run_id = '${EXPERIMENT}'`);
  expect(keyed.map(({ run_id }) => run_id).sort()).toEqual(
    Object.entries(made)
      .filter(([name]) => name !== 'mirrored')
      .map(([, runId]) => runId)
      .sort(),
  );
});
