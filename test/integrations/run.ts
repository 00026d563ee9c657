import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual, promisify } from 'node:util';
import pg from 'pg';
import { createProgress } from '../../dev/machine/progress.ts';
import { pythonEnvironment } from '../../dev/parts/python.ts';
import { HOME, PARTS_FOLDER } from '../../dev/stack/folders.ts';
import { startSystem } from '../../dev/system.ts';
import { ROOT, report } from '../runner/jest.ts';
import { portOffset } from '../runner/port-offset.ts';
import { installTestPython } from '../runner/python.ts';
import { EXAMPLES, type ExpectedTrial } from './examples.ts';

/**
 * `npm run test:integrations`: runs each script of `workers/examples/` with the real framework against a real system, and
 * compares the rows it left in Postgres with `examples.ts`. The frameworks take 6 GB on disk, torch nearly all of it.
 */
const FRAMEWORKS = pythonEnvironment(
  'integrations-python',
  join(import.meta.dirname, 'python.txt'),
  'torch, Keras, Transformers and the other frameworks, 3 GB',
);
const EXAMPLE_TIMEOUT_MS = 600_000;
const ROWS_TIMEOUT_MS = 120_000;
const POLL_MS = 100;

interface TrialRow {
  readonly status: string;
  readonly error_message: string | null;
  readonly mlflow_run_id: string | null;
  readonly hyperparams: Readonly<Record<string, unknown>> | null;
  readonly metrics: Readonly<Record<string, number>> | null;
}

/** Runs one example to its end; rejects with its standard error when it fails. */
async function run(python: string, example: string, environment: Readonly<Record<string, string | undefined>>) {
  await promisify(execFile)(python, [`examples/${example}.py`], {
    cwd: join(ROOT, 'workers'),
    env: { ...process.env, ...environment, PYTHONPATH: '.', KERAS_BACKEND: 'jax', CUDA_VISIBLE_DEVICES: '' },
    timeout: EXAMPLE_TIMEOUT_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Every difference between the rows of a trial and what is expected of them; empty when there is none. */
async function differences(db: pg.Pool, expected: ExpectedTrial): Promise<string[]> {
  const key = [expected.modelRunId, expected.trialId];
  const { rows } = await db.query<TrialRow>('select * from trials where model_run_id = $1 and trial_id = $2', key);
  const [row] = rows;
  if (row === undefined) return ['there is no row'];
  const points = await db.query<{ name: string; points: number; last: number }>(
    `select name, count(*)::int as points, (array_agg(value order by step desc, recorded_at desc))[1] as last
       from trial_metric_points where model_run_id = $1 and trial_id = $2 group by name`,
    key,
  );
  const counted = Object.fromEntries(points.rows.map(({ name, points: count }) => [name, count]));
  const found: string[] = [];
  const compare = (what: string, actual: unknown, wanted: unknown): void => {
    if (!isDeepStrictEqual(actual, wanted)) {
      found.push(`${what} is ${JSON.stringify(actual)}, expected ${JSON.stringify(wanted)}`);
    }
  };
  compare('status', row.status, expected.status);
  if (expected.errorMessage !== undefined) compare('error_message', row.error_message, expected.errorMessage);
  for (const [name, count] of Object.entries(expected.points)) compare(`points of ${name}`, counted[name] ?? 0, count);
  for (const [name, value] of Object.entries(expected.hyperparams ?? {})) {
    compare(`hyperparams.${name}`, row.hyperparams?.[name], value);
  }
  if (expected.linked) compare('linked to an MLflow run', row.mlflow_run_id !== null, true);
  for (const { name, last } of points.rows) compare(`final ${name}`, row.metrics?.[name], last);
  return found;
}

/** The differences that are left once no more rows arrive; empty as soon as there are none. */
async function settledDifferences(db: pg.Pool, trials: readonly ExpectedTrial[]): Promise<string[]> {
  const deadline = Date.now() + ROWS_TIMEOUT_MS;
  for (;;) {
    const found = await Promise.all(
      trials.map(async (trial) => (await differences(db, trial)).map((line) => `${trial.trialId}: ${line}`)),
    );
    if (found.flat().length === 0 || Date.now() > deadline) return found.flat();
    await delay(POLL_MS);
  }
}

const home = join(HOME, 'integrations');
const progress = createProgress(process.stderr);
const python = await installTestPython(FRAMEWORKS);
const system = await startSystem({
  home,
  parts: PARTS_FOLDER,
  environment: { ...process.env, PORT: '0', LOG_LEVEL: 'warn' },
  progress,
  portOffset: portOffset(home),
});
progress.end();
const db = new pg.Pool({ connectionString: system.environment.DATABASE_URL });
const counts = { passed: 0, failed: 0 };
try {
  for (const [example, trials] of Object.entries(EXAMPLES)) {
    const environment = {
      ...system.environment,
      THUNDERLINE_URL: system.url,
      THUNDERLINE_SPOOL_DIR: join(home, 'spool'),
    };
    const problems = await run(python, example, environment).then(
      () => settledDifferences(db, trials),
      (error: Error) => [error.message],
    );
    counts[problems.length === 0 ? 'passed' : 'failed'] += 1;
    console.log(
      `${problems.length === 0 ? 'ok  ' : 'FAIL'} ${example}${problems.map((line) => `\n  ${line}`).join('')}`,
    );
  }
} finally {
  await db.end();
  await system.stop();
}
report(counts);
