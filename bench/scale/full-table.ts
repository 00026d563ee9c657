import pg from 'pg';
import { DEFAULT_TRIALS_PER_PARTITION, PARTITION_STORAGE } from '../../src/store/tables/metric-partitions.ts';
import { format } from '../table.ts';

/** Trials of the full partition; the others of its range are left for new points. */
const TRIALS = 60_000;
const AT_A_TIME = 100;
const NAMES = 2;
const TABLE = 'trial_metrics_00000';
const WRITERS = 2;
const WAVES = TRIALS / AT_A_TIME;

/** The points of some waves of trials, in the order in which a fleet sends them: step by step through the trials that train at the same time. */
const FILL = `
  insert into ${TABLE} (trial_key, name_key, step, event_id, recorded_at, value)
  select 1 + $1::int * ${AT_A_TIME} + trial, name, step,
    lpad(to_hex(($1::bigint * $2 + step) * ${AT_A_TIME} + trial), 32, '0')::uuid,
    timestamptz '2026-01-01' + make_interval(secs => $1::int * $2::int + step),
    1.0 / (1 + step / 50.0::float8 + name) + 0.01 * sin(step * 7 + trial)
  from generate_series(0, $2::int - 1) step, generate_series(0, ${AT_A_TIME - 1}) trial, generate_series(1, ${NAMES}) name`;

/**
 * Fills one partition of an empty database with points, about as many as `points`. Its index is built last, which takes a tenth of
 * the time of building it row by row. Returns the number of points.
 */
export async function fillTable(databaseUrl: string, points: number): Promise<number> {
  const steps = Math.max(1, Math.round(points / TRIALS / NAMES));
  const writers = await Promise.all(Array.from({ length: WRITERS }, () => connect(databaseUrl)));
  const [first] = writers as [pg.Client];
  try {
    await first.query(
      `insert into model_runs (model_run_id, status, outcome_version) values ('full', 'completed', '1')`,
    );
    await first.query(`insert into metric_names (name) values ('train_loss'), ('val_accuracy')`);
    await first.query(
      `insert into metric_trials (model_run_id, trial_id) select 'full', 'trial-' || n from generate_series(1, ${TRIALS}) n`,
    );
    await first.query(
      `create table ${TABLE} (like trial_metrics, constraint fills check (trial_key >= 0 and trial_key < ${DEFAULT_TRIALS_PER_PARTITION}))
       with (${PARTITION_STORAGE})`,
    );
    let wave = 0;
    const write = async (writer: pg.Client): Promise<void> => {
      for (let own = wave++; own < WAVES; own = wave++) {
        await writer.query({ name: 'fill', text: FILL, values: [own, steps] });
        if (own % (WAVES / 10) === 0) console.log(`${format((own * AT_A_TIME * steps * NAMES) / 1e6)} million points`);
      }
    };
    await Promise.all(writers.map(write));
    await first.query(`alter table ${TABLE} add primary key (trial_key, name_key, step, event_id)`);
    await first.query(
      `alter table trial_metrics attach partition ${TABLE} for values from (0) to (${DEFAULT_TRIALS_PER_PARTITION})`,
    );
    // It saved the attach a scan, and would be checked for each row.
    await first.query(`alter table ${TABLE} drop constraint fills`);
    await first.query(`vacuum (analyze) ${TABLE}`);
    await first.query('checkpoint');
    return TRIALS * steps * NAMES;
  } finally {
    await Promise.all(writers.map((writer) => writer.end()));
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(
    `set synchronous_commit = off; set maintenance_work_mem = '1GB'; set max_parallel_maintenance_workers = 2; set jit = off`,
  );
  return client;
}
