import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { printTable } from '../../src/cli/print-line.ts';
import { installTestPython } from '../../test/runner/python.ts';
import { format } from '../table.ts';

/** The rate of one way of MLflow's client, and its cost. */
interface Rival {
  /** Time for which a metric keeps the training loop waiting, in microseconds. */
  readonly call_us: number;
  /** Metrics a second that are stored. */
  readonly per_s: number;
}

/** The ways of workers/benchmarks/mlflow_rivals.py, as people write them. */
const WAYS = {
  log_metric: 'mlflow.log_metric',
  log_metrics: 'mlflow.log_metrics, 2 metrics a call',
  asynchronous: 'log_metric(synchronous=False)',
  buffered: 'the same, MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS=1',
  log_batch: 'MlflowClient.log_batch, 1,000 metrics a call',
  autolog: 'autologging (BatchMetricsLogger), steps of 1 ms',
} as const;

const TIMEOUT_MS = 120_000;

/** Measures each way in a Python process of its own, prints all of them, and returns the rate of `mlflow.log_metric`. */
export async function measureRivals(): Promise<number> {
  const python = await installTestPython();
  const rivals = new Map<string, Rival>();
  for (const way of Object.keys(WAYS)) rivals.set(way, await measure(python, way));
  const rows = Object.entries(WAYS).map(([way, title]) => {
    const { call_us, per_s } = rivals.get(way) as Rival;
    return [title, `${format(call_us, 1)} us`, `${format(per_s)}/s`];
  });
  printTable(['from one Python process', 'wait for each metric', 'metrics stored'], rows);
  return (rivals.get('log_metric') as Rival).per_s;
}

async function measure(python: string, way: string): Promise<Rival> {
  const { stdout } = await promisify(execFile)(python, ['-m', 'benchmarks.mlflow_rivals', way], {
    cwd: join(import.meta.dirname, '../../workers'),
    env: { ...process.env, ...(way === 'buffered' && { MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS: '1' }) },
    timeout: TIMEOUT_MS,
  });
  // MLflow prints links to the run and its experiment.
  const figures = stdout.split('\n').find((line) => line.startsWith('{'));
  if (figures === undefined) throw new Error(`${way} printed no figures:\n${stdout}`);
  return JSON.parse(figures) as Rival;
}
