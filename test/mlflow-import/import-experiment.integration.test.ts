import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { STACK_PYTHON } from '../../dev/parts/python.ts';
import { loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { mlflow } from '../../src/roles/mlflow.ts';
import { postgres } from '../../src/roles/postgres.ts';
import { router } from '../../src/roles/router.ts';
import { serve } from '../../src/serve.ts';
import { keyOf } from '../../src/sinks/mlflow/subject.ts';
import { topicName } from '../../src/topics.ts';
import { type PythonClient, startPythonClient } from '../mlflow/python-client.ts';
import { installTestPython } from '../runner/python.ts';
import { eventually } from '../support/eventually.ts';
import { lagOf } from '../support/lag-of.ts';
import { query } from '../support/query.ts';
import { type Exit, startThunderline } from '../support/thunderline.ts';
import { withAdmin } from '../support/with-admin.ts';
import { createWorld, mlflowReady } from '../support/world.ts';

const RUNS = 200;
/** MLflow answers one request at a time, and each run takes several. */
jest.setTimeout(300_000);
const world = await createWorld();
const uri = await mlflowReady();
const environment = { ...world.environment, MLFLOW_TRACKING_URI: uri };
const experiment = `old ${randomBytes(5).toString('hex')}`;
/** Ids of the runs by their names. */
let made: Readonly<Record<string, string>>;
let python: PythonClient;
let serving: Awaited<ReturnType<typeof serve>>;

beforeAll(async () => {
  const program = await installTestPython(STACK_PYTHON);
  const script = join(import.meta.dirname, 'make_runs.py');
  const output = execFileSync(program, ['-W', 'ignore', script, uri, experiment, String(RUNS)], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  made = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  python = await startPythonClient(uri);
  serving = await serve(loadConfig(environment), [router, postgres], createLog('silent'), new AbortController().signal);
});
afterAll(async () => {
  await python.close();
  await serving.stop();
  await world.close();
});

const run = (...args: readonly string[]): Promise<Exit> =>
  startThunderline(environment, ['mlflow', 'import', '--experiment', experiment, ...args]).ended;

const rows = async (sql: string, ...values: readonly unknown[]) => (await query(world.databaseUrl, sql, values)).rows;
const countOf = async (table: string): Promise<number> => (await rows(`select count(*)::int as n from ${table}`))[0]?.n;

/** Points as a set, each `name step time value`. */
const setOf = (points: readonly (readonly [string, number, number, number])[]): string[] =>
  [...new Set(points.map((point) => point.join(' ')))].sort();

async function storedPoints(trialId: string): Promise<string[]> {
  const found = await rows(
    `select name, step::int, (extract(epoch from recorded_at) * 1000)::float8 as at, value from trial_metric_points
     where model_run_id = $1 and trial_id = $2`,
    experiment,
    trialId,
  );
  expect(new Set(found.map((row) => JSON.stringify(row))).size).toBe(found.length);
  return setOf(found.map(({ name, step, at, value }) => [name, step, at, value]));
}

async function mlflowPoints(runId: string): Promise<string[]> {
  const { points } = await python.readRun(runId);
  return setOf(points.map(([key, value, at, step]) => [key, Number(step), at, doubleOf(value)]));
}

/** Most runs of one answer, and the points of the runs of one metric stay below its limit. */
const BULK_RUNS = 100;

/** The points of the runs of few points, as the charts of MLflow read them: an answer for many runs. */
async function chartPoints(runIds: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
  const points = new Map<string, [string, number, number, number][]>(runIds.map((runId) => [runId, []]));
  for (let start = 0; start < runIds.length; start += BULK_RUNS) {
    for (const metric of ['loss', 'accuracy', 'lr']) {
      const query = new URLSearchParams({ metric_key: metric });
      for (const runId of runIds.slice(start, start + BULK_RUNS)) query.append('run_id', runId);
      const answer = await fetch(`${uri}/ajax-api/2.0/mlflow/metrics/get-history-bulk?${query}`);
      const { metrics } = (await answer.json()) as { metrics: readonly ChartPoint[] };
      for (const { run_id, step, timestamp, value } of metrics)
        points.get(run_id)?.push([metric, step, timestamp, value]);
    }
  }
  return new Map([...points].map(([runId, list]) => [runId, setOf(list)]));
}

interface ChartPoint {
  readonly run_id: string;
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
}

function doubleOf(text: string): number {
  if (text === 'nan') return Number.NaN;
  const value = Number(text);
  return Math.abs(value) === Number.MAX_VALUE ? value * 2 : value;
}

const IMPORTED = RUNS - 1;

/** Resolves when every imported event is in the tables. */
const settled = (): Promise<void> =>
  withAdmin(environment, async (admin) => {
    // In the order of the records: the router has written what it committed.
    for (const role of ['router', 'postgres'] as const) {
      await eventually(async () => (await lagOf(admin, world.topicPrefix, role)) === 0);
    }
  });

const eventsInKafka = (): Promise<number> =>
  withAdmin(environment, async (admin) => {
    const ends = await admin.fetchTopicOffsets(topicName(world.topicPrefix, 'ml.events'));
    return ends.reduce((sum, { offset }) => sum + Number(offset), 0);
  });

describe('an experiment of 200 runs made by plain MLflow code', () => {
  test('is read and not written by a dry run', async () => {
    const { code, out, err } = await run('--dry-run', '--no-artifacts');
    expect({ code, err: err.replaceAll(/\d+ %.*\n/g, '') }).toEqual({ code: 1, err: '' });
    expect(out).toMatch(/^imported +198 +\(an import would write all events of the run\)$/m);
    expect(out).toMatch(/dry run: 200 of 200 runs, [\d,]+ points read, nothing written/);
    expect(await countOf('cerebros_model_trials')).toBe(0);
  });

  test.each([
    ['SIGKILL', null],
    ['SIGTERM', 130],
  ] as const)('can be interrupted by %s', async (signal, code) => {
    const before = await eventsInKafka();
    const { child, ended: exit } = startThunderline(environment, ['mlflow', 'import', '--experiment', experiment]);
    await eventually(async () => (await eventsInKafka()) > before);
    child.kill(signal);
    const end = await exit;
    expect(end).toMatchObject(code === null ? { signal } : { code });
    if (code !== null) expect(end.out).toMatch(/stopped after \d+ of 200 runs, .*: the same command continues/);
    const ended = await rows('select from cerebros_model_trials where completed_at is not null');
    expect(ended.length).toBeLessThan(IMPORTED - 1);
  });

  test('is imported whole afterwards, but for the points that no event can hold', async () => {
    const { code, out } = await run();
    expect(out).toMatch(/^mirrored +1 /m);
    expect(out).toMatch(/^incomplete +1 /m);
    expect(out).toMatch(new RegExp(`${made.negative}: 1 point of loss cannot be an event: step must be`));
    expect(code).toBe(1);
    await settled();
    expect(await countOf('cerebros_model_trials')).toBe(IMPORTED);
    expect(await rows('select trial_id from cerebros_model_trials where completed_at is null')).toEqual([
      { trial_id: made.repeated },
    ]);
  });

  test('has the same points in Postgres as in MLflow', async () => {
    const alike = Object.entries(made).filter(([name]) => name.startsWith('run '));
    const charts = await chartPoints(alike.map(([, runId]) => runId));
    for (const [name, runId] of Object.entries(made)) {
      if (name === 'mirrored') continue;
      const expected = charts.get(runId) ?? (await mlflowPoints(runId));
      expect(await storedPoints(runId)).toEqual(expected.filter((point) => !point.startsWith('loss -1 ')));
    }
  });

  test('has the params, tags, status and artifacts of each run', async () => {
    const trial = async (name: string) =>
      (await rows('select * from cerebros_model_trials where trial_id = $1', made[name]))[0];
    expect(await trial('training')).toMatchObject({
      model_run_id: experiment,
      mlflow_run_id: made.training,
      status: 'completed',
      spectral_norm: true,
      hyperparams: { lr: 0.1, layers: 3, optimizer: 'adam', spectral_norm: true, eps: 1e-8, version: '1.10' },
      metadata: { mlflow: { run_name: 'training', tags: { team: 'vision', trial_id: 'old-7' } } },
      artifact_uri: null,
    });
    expect(await trial('failed')).toMatchObject({
      status: 'failed',
      artifact_uri: expect.stringMatching(new RegExp(`/${made.failed}/artifacts/model.pth$`)),
    });
    expect(await trial('artifacts')).toMatchObject({
      artifact_uri: expect.stringMatching(new RegExp(`/${made.artifacts}/artifacts$`)),
      metadata: { mlflow: { artifacts: ['model.pth', 'notes.txt'] } },
    });
    expect(await trial('killed')).toMatchObject({ status: 'cancelled' });
    expect(await trial('empty')).toMatchObject({ status: 'completed', hyperparams: null, metrics: null });
    expect(await trial('repeated')).toMatchObject({ status: 'running', started_at: new Date(1_600_000_000_000) });
    expect(await trial('long')).toMatchObject({ status: 'completed', duration_ms: 29_999 });
    expect(await trial('mirrored')).toBeUndefined();
  });

  test('is not imported twice', async () => {
    const [points, trials] = [
      await countOf('trial_metrics'),
      await rows('select * from cerebros_model_trials order by trial_id'),
    ];
    const { out } = await run();
    expect(out).toMatch(/^unchanged +197 /m);
    expect(out).toMatch(/^imported +1 /m);
    await settled();
    expect(await countOf('trial_metrics')).toBe(points);
    expect(await rows('select * from cerebros_model_trials order by trial_id')).toEqual(trials);
  });

  test('is tagged by the mirror, which makes no run of its own, and is not imported again for that', async () => {
    const trials = await rows('select * from cerebros_model_trials order by trial_id');
    const mirroring = await serve(loadConfig(environment), [mlflow], createLog('silent'), new AbortController().signal);
    try {
      await withAdmin(environment, (admin) =>
        eventually(async () => (await lagOf(admin, world.topicPrefix, 'mlflow')) === 0),
      );
    } finally {
      await mirroring.stop();
    }
    const { tags } = await python.readRun(made.training ?? '');
    expect(tags).toMatchObject({
      'thunderline.key': keyOf(experiment, made.training ?? ''),
      'thunderline.origin': 'client',
      trial_id: 'old-7',
      model_run_id: experiment,
      constraint_method: 'spectral_norm',
    });
    const { out } = await run();
    expect(out).toMatch(/ 200 of 200 runs, /);
    expect(out).toMatch(/^unchanged +197 /m);
    await settled();
    expect(await rows('select * from cerebros_model_trials order by trial_id')).toEqual(trials);
  });
});
