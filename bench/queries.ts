import type pg from 'pg';
import { createLog } from '../src/log.ts';
import { migrate } from '../src/store/migrate.ts';
import { createPool } from '../src/store/pool.ts';
import { MetricPartitions } from '../src/store/tables/metric-partitions.ts';
import { withDatabase } from './place.ts';
import { percentile } from './statistics.ts';
import { type Figure, format } from './table.ts';

/** Queries that must be fast on ten million points and forty thousand trials. */
const QUERIES = {
  'series of one trial': `
    select step, value, recorded_at from trial_metric_points
    where model_run_id = 'run-07' and trial_id = 'trial-004207' and name = 'val_accuracy' order by step`,
  'trials by spectral_norm and status': `
    select model_run_id, trial_id, status, spectral_norm, metrics, duration_ms from trials
    where spectral_norm and status = 'completed' order by model_run_id, trial_id limit 100`,
  'number of trials by spectral_norm and status': `
    select spectral_norm, status, count(*) from trials group by 1, 2`,
  'mean of a metric by spectral_norm': `
    select spectral_norm, count(*), avg(value), stddev_samp(value), min(value), max(value)
    from trial_final_metric_values where name = 'val_accuracy' group by spectral_norm`,
  'mean of a metric by spectral_norm in one run': `
    select spectral_norm, count(*), avg(value), stddev_samp(value), min(value), max(value)
    from trial_final_metric_values where name = 'val_accuracy' and model_run_id = 'run-07' group by spectral_norm`,
  'the trial behind an MLflow run': `
    select model_run_id, trial_id, status from trials where mlflow_run_id = md5('4207')`,
} as const;

interface QueryFigures {
  readonly name: string;
  /** The median of {@link REPEATS} runs, measured at the client; the first run finds little in the cache. */
  readonly milliseconds: number;
  readonly plan: readonly string[];
}

interface Size {
  readonly trials: number;
  /** Trials that have points; a hundred trials train at the same time. */
  readonly trained: number;
  readonly steps: number;
}

const TEN_MILLION: Size = { trials: 40_000, trained: 10_000, steps: 500 };

const REPEATS = 9;
const AT_A_TIME = 100;
const FILL_TIMEOUTS = { statementTimeoutMs: 600_000, lockTimeoutMs: 10_000 };

/** Rows of trials as the sink writes them, with their versions: a scan costs as much as the rows are wide. */
const FILL_TRIALS = `
  insert into cerebros_model_trials (model_run_id, trial_id, status, spectral_norm, mlflow_run_id, hyperparams, parameters,
    metrics, artifact_uri, duration_ms, rank, started_at, completed_at, outcome_version, duration_version, metrics_version,
    hyperparams_version, parameters_version, artifact_version, spectral_norm_version, mlflow_version, rank_version)
  select 'run-' || to_char(n % 10, 'FM00'), 'trial-' || to_char(n, 'FM000000'),
    case when n % 20 < 17 then 'completed' when n % 20 < 19 then 'failed' else 'running' end, n % 2 = 0, md5(n::text),
    jsonb_build_object('lr', 0.001 * (1 + n % 7), 'hidden_size', 256, 'dropout', 0.3, 'optimizer', 'adam'),
    jsonb_build_object('lr', 0.001 * (1 + n % 7), 'hidden_size', 256, 'dropout', 0.3, 'optimizer', 'adam'),
    jsonb_build_object('val_accuracy', 0.9 + (n % 97) / 1000.0, 'val_loss', (n % 89) / 100.0, 'test_accuracy', 0.9),
    's3://thunderline-models/trial-' || n, 45000, 1 + n % 100, now(), now(), v, v, v, v, v, v, v, v, v
  from generate_series(0, $1::int - 1) n, lateral (
    select '21' || to_char(1759000000000 + n, 'FM0000000000000000') || md5(n::text) || 'ffff' || left(md5(n::text), 16) as v
  ) version`;

const FILL_KEYS = `
  insert into metric_trials (model_run_id, trial_id)
  select model_run_id, trial_id from cerebros_model_trials order by trial_id limit $1`;

/** Points in the order in which a fleet sends them: step by step through the trials that train at the same time. */
const FILL_POINTS = `
  insert into trial_metrics (trial_key, name_key, step, event_id, recorded_at, value)
  select 1 + wave * $3::int + trial, name, step, md5(wave || ' ' || step || ' ' || trial)::uuid,
    timestamptz '2026-10-05' + make_interval(secs => wave * $2::int + step), 1.0 / (1 + step + name)
  from generate_series(0, $1::int / $3::int - 1) wave, generate_series(0, $2::int - 1) step,
    generate_series(0, $3::int - 1) trial, generate_series(1, 2) name`;

async function fill(pool: pg.Pool, { trials, trained, steps }: Size): Promise<void> {
  await pool.query(FILL_TRIALS, [trials]);
  await pool.query(`insert into metric_names (name) values ('train_loss'), ('val_accuracy')`);
  await pool.query(FILL_KEYS, [trained]);
  await new MetricPartitions().ensure(pool, [0]);
  await pool.query(FILL_POINTS, [trained, steps, AT_A_TIME]);
  // Autovacuum does this within minutes.
  await pool.query('vacuum analyze');
}

async function measure(pool: pg.Pool, name: string, sql: string): Promise<QueryFigures> {
  const times: number[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    const started = performance.now();
    const { rowCount } = await pool.query(sql);
    times.push(performance.now() - started);
    if (!rowCount) throw new Error(`${name} finds nothing, so its time is meaningless`);
  }
  const { rows } = await pool.query<{ 'QUERY PLAN': string }>(`explain (analyze, buffers) ${sql}`);
  const milliseconds = percentile(times, 0.5);
  return { name, milliseconds, plan: rows.map((row) => row['QUERY PLAN']) };
}

/** Runs every query of {@link QUERIES} on tables of this size, in a new database. */
const measureQueries = (size: Size): Promise<readonly QueryFigures[]> =>
  withDatabase(async (databaseUrl) => {
    await migrate(databaseUrl);
    const pool = createPool({ databaseUrl, poolSize: 1, ...FILL_TIMEOUTS }, createLog('warn'));
    try {
      await fill(pool, size);
      const figures: QueryFigures[] = [];
      for (const [name, sql] of Object.entries(QUERIES)) figures.push(await measure(pool, name, sql));
      return figures;
    } finally {
      await pool.end();
    }
  });

const LIMIT_MS = 50;

/** Runs the queries on ten million points and forty thousand trials, and prints the plan of each. */
export async function run(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const { name, milliseconds, plan } of await measureQueries(TEN_MILLION)) {
    console.log(`\n${name}: ${format(milliseconds, 1)} ms`);
    for (const line of plan) console.log(`    ${line}`);
    figures.push({
      work: `10 million points, 40,000 trials: ${name}`,
      measured: `${format(milliseconds, 1)} ms`,
      toReach: `under ${LIMIT_MS} ms`,
      met: milliseconds < LIMIT_MS,
    });
  }
  return figures;
}
