import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';
import type { SeriesList } from '../src/queries/shapes.ts';
import { fingerprintOf } from '../src/retention/fingerprint.ts';
import { movePartition } from '../src/retention/move-partition.ts';
import { Pace } from '../src/retention/pace.ts';
import { queries } from '../src/roles/queries.ts';
import { serve } from '../src/serve.ts';
import { openStore } from '../src/sinks/archive/open-store.ts';
import { migrate } from '../src/store/migrate.ts';
import { createPool } from '../src/store/pool.ts';
import { findPartitions, MetricPartitions, setWidth } from '../src/store/tables/metric-partitions.ts';
import { withDatabase } from './place.ts';
import { percentile } from './statistics.ts';
import { type Figure, format } from './table.ts';

/** Trials of a partition; there are two partitions, of which one is moved. */
const TRIALS = 1_000;
const NAMES = 2;
const AT_A_TIME = 100;
const READS = 60;
const LIMITS_MS = { table: 50, rollups: 50, files: 500 } as const;
type Tier = keyof typeof LIMITS_MS;

/** Points in the order in which a fleet sends them: step by step through the trials that train at the same time. */
const FILL = `
  insert into trial_metrics (trial_key, name_key, step, event_id, recorded_at, value)
  select 1 + wave * ${AT_A_TIME} + trial, name, step, md5(wave || ' ' || step || ' ' || trial)::uuid,
    timestamptz '2026-01-01' + make_interval(secs => wave * $1::int + step),
    round((1.0 / (1 + step / 50.0 + name) + 0.01 * sin(step * 7 + trial))::numeric, 6)::float8
  from generate_series(0, ${(2 * TRIALS) / AT_A_TIME - 1}) wave, generate_series(0, $1::int - 1) step,
    generate_series(0, ${AT_A_TIME - 1}) trial, generate_series(1, ${NAMES}) name`;

async function fill(pool: pg.Pool, steps: number): Promise<void> {
  await setWidth(pool, TRIALS + 1);
  await pool.query(`insert into model_runs (model_run_id, status, outcome_version) values ('run', 'completed', '1')`);
  await pool.query(`insert into metric_names (name) values ('train_loss'), ('val_accuracy')`);
  await pool.query(
    `insert into metric_trials (model_run_id, trial_id) select 'run', 'trial-' || n from generate_series(1, $1::int) n`,
    [2 * TRIALS],
  );
  await new MetricPartitions().ensure(pool, [1, 2 * TRIALS]);
  await pool.query(FILL, [steps]);
  await pool.query('vacuum analyze');
}

const SIZES = `
  select pg_table_size($1::regclass)::float8 as table, pg_indexes_size($1::regclass)::float8 as index,
    pg_total_relation_size('metric_rollups')::float8 as rollups`;

/** The bytes of a point of the moved partition in each place, and the seconds of the move. */
interface Moved {
  readonly points: number;
  readonly table: number;
  readonly index: number;
  readonly rollups: number;
  readonly files: number;
  readonly seconds: number;
}

async function move(pool: pg.Pool): Promise<Moved> {
  const [partition] = await findPartitions(pool);
  if (partition === undefined) throw new Error('there is no partition');
  const before = (await pool.query<{ table: number; index: number }>(SIZES, [partition.table])).rows[0];
  const store = openStore(loadConfig().s3);
  const prefix = `bench-${randomUUID()}`;
  try {
    const startedAt = performance.now();
    const fingerprint = await fingerprintOf(pool, partition);
    const times = { oldestAt: new Date(0), newestAt: new Date(0) };
    const files = await movePartition(
      { pool, store, prefix, pace: new Pace(1), onStep: () => undefined },
      { ...partition, ...times },
      fingerprint,
    );
    const seconds = (performance.now() - startedAt) / 1_000;
    const after = (await pool.query<{ rollups: number }>(SIZES, ['trial_metrics'])).rows[0];
    return {
      points: fingerprint.points,
      table: before?.table ?? 0,
      index: before?.index ?? 0,
      rollups: after?.rollups ?? 0,
      files: files.reduce((sum, { bytes }) => sum + bytes, 0),
      seconds,
    };
  } finally {
    store.close();
  }
}

/** The 95th percentile of the time of a series of one trial, in milliseconds. */
async function readTier(url: string, tier: Tier): Promise<number> {
  const times: number[] = [];
  for (let read = 0; read < READS; read += 1) {
    const trial = 1 + ((read * 137) % TRIALS) + (tier === 'table' ? TRIALS : 0);
    const query = `name=val_accuracy${tier === 'files' ? '&resolution=exact' : ''}`;
    const startedAt = performance.now();
    const answer = await fetch(`${url}/api/runs/run/trials/trial-${trial}/metrics?${query}`);
    const [series] = ((await answer.json()) as SeriesList).series;
    times.push(performance.now() - startedAt);
    if (series?.source !== tier) throw new Error(`trial-${trial} was read from ${series?.source}, not ${tier}`);
  }
  return percentile(times, 0.95);
}

/** @param steps points of one series; `BENCH_STEPS` of the environment. */
async function measure(steps: number): Promise<readonly Figure[]> {
  return withDatabase(async (databaseUrl) => {
    await migrate(databaseUrl);
    const log = createLog('warn');
    const settings = { databaseUrl, poolSize: 6, statementTimeoutMs: 3_600_000, lockTimeoutMs: 10_000 };
    const pool = createPool(settings, log);
    const config = loadConfig({ ...process.env, DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'warn' });
    const serving = await serve(config, [queries], log);
    try {
      await fill(pool, steps);
      const moved = await move(pool);
      for (const part of ['table', 'index', 'rollups', 'files'] as const) {
        console.log(`${part.padEnd(8)} ${format(moved[part] / moved.points, 1)} bytes a point`);
      }
      console.log(`moved ${format(moved.points)} points in ${format(moved.seconds, 1)} s`);
      const figures: Figure[] = [];
      for (const tier of ['table', 'rollups', 'files'] as const) {
        const p95 = await readTier(serving.url, tier);
        figures.push({
          work: `series of ${format(steps)} points of a trial from ${tier}`,
          measured: `p95 ${format(p95, 1)} ms`,
          toReach: `under ${LIMITS_MS[tier]} ms`,
          met: p95 < LIMITS_MS[tier],
        });
      }
      return figures;
    } finally {
      await serving.stop();
      await pool.end();
    }
  });
}

/** Moves a partition of metric points to its roll-ups and files, and prints the sizes and the times of all three tiers. */
export const run = (): Promise<readonly Figure[]> => measure(Number(process.env.BENCH_STEPS ?? 500));
