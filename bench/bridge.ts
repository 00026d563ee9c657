import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TrialCommand } from '../src/avro/records.ts';
import { createCommandSink } from '../src/bridge/queue/command-sink.ts';
import { createLog } from '../src/log.ts';
import { createMetrics } from '../src/metrics.ts';
import { migrate } from '../src/store/migrate.ts';
import { createPool, POOL_TIMEOUTS } from '../src/store/pool.ts';
import { claimTrials } from '../src/store/tables/bridge-claims.ts';
import { endTrial } from '../src/store/tables/bridge-endings.ts';
import { registerBridge } from '../src/store/tables/bridge-hosts.ts';
import { installTestPython } from '../test/runner/python.ts';
import { measureOptunaAlone } from './bridge/optuna-alone.ts';
import { type Place, untilDone, withDatabase, withPlace } from './place.ts';
import { type Started, startRoles } from './process.ts';
import { percentile } from './statistics.ts';
import { type Figure, format } from './table.ts';

const WORKERS = 4;
const LATENCY_TRIALS = 300;
const LATENCY_PAUSE_MS = 25;
/** Trials whose workers are started meanwhile do not count. */
const WARM_UP = 50;
const THROUGHPUT_TRIALS = 3_000;
const QUEUED_TRIALS = 10_000;
const CLAIMERS = 6;
const CLAIMS_EACH = 200;
const STUDY_TRIALS = 1_000;

type System = Started & { readonly url: string };

const withBridge = <T>(python: string, work: (place: Place, system: System) => Promise<T>): Promise<T> =>
  withPlace(async (place) => {
    const environment = {
      CEREBROS_PYTHON: python,
      CEREBROS_SCRIPT_PATH: join(import.meta.dirname, 'bridge/noop.py'),
      BRIDGE_MODE: 'warm',
      BRIDGE_WORKERS: String(WORKERS),
    };
    const settings = { ...place, environment: { ...place.environment, ...environment } };
    const system = await startRoles(settings, ['commands', 'router', 'postgres', 'bridge']);
    try {
      return await work(place, system);
    } finally {
      await system.stop();
    }
  });

async function post(system: System, path: string, body: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(system.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
  if (answer.status !== 202) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}

const completedOf =
  ({ database }: Place, run: string) =>
  async (): Promise<number> => {
    const sql = `select count(*)::int as count from cerebros_model_trials where model_run_id = $1 and status = 'completed'`;
    return (await database.query<{ count: number }>(sql, [run])).rows[0]?.count ?? 0;
  };

/** Milliseconds from the answer 202 until the worker has the command, one trial after another. */
async function measureLatency(place: Place, system: System): Promise<number[]> {
  const accepted: number[] = [];
  for (let index = 0; index < LATENCY_TRIALS; index += 1) {
    await post(system, '/api/runs/latency/trials', { trial_id: `t${index}`, hyperparams: {} });
    accepted.push(Date.now());
    await sleep(LATENCY_PAUSE_MS);
  }
  await untilDone(LATENCY_TRIALS, completedOf(place, 'latency'));
  const sql = `select trial_id, (metrics->>'had_at')::float8 as had_at from cerebros_model_trials where model_run_id = 'latency'`;
  const { rows } = await place.database.query<{ trial_id: string; had_at: number }>(sql);
  return rows
    .map(({ trial_id, had_at }) => ({ index: Number(trial_id.slice(1)), had_at }))
    .filter(({ index }) => index >= WARM_UP)
    .map(({ index, had_at }) => had_at - (accepted[index] ?? 0));
}

/** Trials accepted, run and stored a second: from the first post to the last row. */
async function measureThroughput(place: Place, system: System): Promise<number> {
  const started = performance.now();
  for (let from = 0; from < THROUGHPUT_TRIALS; from += 100) {
    const trials = Array.from({ length: 100 }, (_, index) => ({ trial_id: `t${from + index}`, hyperparams: {} }));
    await post(system, '/api/runs/throughput/trials', trials);
  }
  await untilDone(THROUGHPUT_TRIALS, completedOf(place, 'throughput'));
  return (THROUGHPUT_TRIALS * 1_000) / (performance.now() - started);
}

/** Trials of one Optuna study a second: from the post to the last row. */
async function measureStudy(place: Place, system: System): Promise<number> {
  const started = performance.now();
  const search_space = {
    a: { type: 'float', low: 0, high: 1 },
    b: { type: 'float', low: 0.001, high: 1, log: true },
    c: { type: 'int', low: 1, high: 8 },
  };
  await post(system, '/api/runs', { model_run_id: 'study', n_trials: STUDY_TRIALS, search_space, pruner: 'none' });
  await untilDone(STUDY_TRIALS, completedOf(place, 'study'));
  return (STUDY_TRIALS * 1_000) / (performance.now() - started);
}

interface QueueTimes {
  readonly insertMs: number;
  readonly claimMs: readonly number[];
}

/** The statements alone: a full queue is written, and several claimers work on it at the same time. */
const measureQueue = (): Promise<QueueTimes> =>
  withDatabase(async (databaseUrl) => {
    await migrate(databaseUrl);
    const pool = createPool({ ...POOL_TIMEOUTS, databaseUrl, poolSize: CLAIMERS }, createLog('error'));
    try {
      const sink = createCommandSink({ pool, metrics: createMetrics(), maxCommandAgeMs: 86_400_000 });
      await sink.open();
      const records = Array.from({ length: QUEUED_TRIALS }, (_, index) => ({
        source: { topic: '', partition: 0, offset: String(index), timestamp: 0, key: null, value: null, headers: {} },
        content: { name: 'TrialCommand', record: commandOf(index) } as const,
      }));
      const started = performance.now();
      for (let from = 0; from < records.length; from += sink.batch.maxRecords) {
        await sink.write(records.slice(from, from + sink.batch.maxRecords));
      }
      const insertMs = performance.now() - started;
      const bridgeId = randomUUID();
      await registerBridge(pool, { bridgeId, host: 'bench', pid: 1, slots: CLAIMERS, leaseMs: 600_000 });
      const claimMs: number[] = [];
      const attempt = {
        message: null,
        error_type: null,
        return_code: null,
        signal: null,
        duration_ms: 0,
        output: null,
      };
      const work = async (): Promise<void> => {
        for (let count = 0; count < CLAIMS_EACH; count += 1) {
          const from = performance.now();
          const trials = await claimTrials(pool, { bridgeId, host: 'bench', limit: 1, withStudies: true });
          claimMs.push(performance.now() - from);
          const end = { outcome: 'completed', ending: '{}' } as const;
          for (const trial of trials) await endTrial(pool, trial, end, { ...attempt, outcome: 'completed' });
        }
      };
      await Promise.all(Array.from({ length: CLAIMERS }, work));
      return { insertMs, claimMs };
    } finally {
      await pool.end();
    }
  });

const commandOf = (index: number): TrialCommand => ({
  command_id: randomUUID(),
  operation: 'run_trial',
  requested_at: Date.now(),
  model_run_id: `run-${index % 10}`,
  trial_id: `t${index}`,
  spectral_norm: null,
  hyperparams: '{"learning_rate":0.001}',
  payload: null,
  timeout_ms: null,
  correlation_id: null,
  priority: 0,
  parallelism: CLAIMERS,
  study: null,
});

/** The queue and the dispatcher with warm workers that do nothing. */
export async function run(): Promise<readonly Figure[]> {
  const { insertMs, claimMs } = await measureQueue();
  console.log(
    `${QUEUED_TRIALS} trials queued in ${format(insertMs)} ms; claims p95 ${format(percentile(claimMs, 0.95), 1)} ms`,
  );
  const python = await installTestPython();
  const { latencies, throughput, study, alone, inEach } = await withBridge(python, async (place, system) => {
    const latencies = await measureLatency(place, system);
    console.log(
      `accepted to worker: p50 ${format(percentile(latencies, 0.5))} ms, p95 ${format(percentile(latencies, 0.95))} ms`,
    );
    const throughput = await measureThroughput(place, system);
    console.log(`trials accepted, run and stored: ${format(throughput)}/s`);
    const study = await measureStudy(place, system);
    console.log(`trials of one Optuna study: ${format(study, 1)}/s`);
    // The bridge asks in one process, which is what the target compares; a user of Optuna would run one for each worker.
    const alone = await measureOptunaAlone(python, 1, STUDY_TRIALS);
    const inEach = await measureOptunaAlone(python, WORKERS, STUDY_TRIALS);
    console.log(`Optuna itself: ${format(alone, 1)}/s in one process, ${format(inEach, 1)}/s in ${WORKERS}`);
    return { latencies, throughput, study, alone, inEach };
  });
  const claimP95 = percentile(claimMs, 0.95);
  const latencyP95 = percentile(latencies, 0.95);
  return [
    {
      work: 'Command accepted to worker started, warm workers',
      measured: `p95 ${format(latencyP95)} ms`,
      toReach: 'p95 under 100 ms',
      met: latencyP95 < 100,
    },
    {
      work: `Trials with hyperparameters that do nothing, ${WORKERS} warm workers: accepted, run and stored`,
      measured: `${format(throughput)}/s`,
      toReach: 'at least 100/s',
      met: throughput >= 100,
    },
    {
      work: `An Optuna study of ${format(STUDY_TRIALS)} such trials`,
      measured: `${format(study, 1)}/s; Optuna itself: ${format(alone, 1)}/s in one process, ${format(inEach, 1)}/s in ${WORKERS}`,
      toReach: 'at least 10/s, and 80 % of Optuna itself in one process',
      met: study >= 10 && study >= 0.8 * alone,
    },
    {
      work: `${format(QUEUED_TRIALS)} trials queued, then ${CLAIMERS} claimers of single trials`,
      measured: `queued in ${format(insertMs)} ms, claims p95 ${format(claimP95, 1)} ms`,
      toReach: 'under 2 s, p95 under 10 ms',
      met: insertMs < 2_000 && claimP95 < 10,
    },
  ];
}
