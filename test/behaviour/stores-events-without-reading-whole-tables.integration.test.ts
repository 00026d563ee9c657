import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { accept } from '../events/receive.ts';
import { openSink } from '../sinks/postgres/open-sink.ts';
import { recordOf } from '../sinks/postgres/records.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { eventually } from '../support/eventually.ts';
import { createWorld } from '../support/world.ts';

const TRIALS = 5_000;
/** Fewer rows are read faster whole. */
const MANY_ROWS = 1_000;

const world = await createWorld();
const tables = new Tables(world.databaseUrl);
beforeAll(() => tables.open());
afterAll(async () => {
  await tables.close();
  await world.close();
});

const start = (n: number) =>
  accept('ml.trial.start', { model_run_id: 'r', trial_id: `t${n}`, hyperparams: { lr: n / TRIALS, depth: n % 5 } });
const metric = (n: number) =>
  accept('ml.run.metric', { model_run_id: 'r', trial_id: `t${n}`, step: 1, measurements: { loss: 1 / (n + 1) } });
const end = (n: number) =>
  accept('ml.trial.complete', { model_run_id: 'r', trial_id: `t${n}`, metrics: { loss: n }, parameters: { units: n } });

/** Other connections than that of the test. */
const OTHERS = `
  select from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`;

/** Stores events in batches, one after another. The counters of a server process are complete once it has ended. */
async function store(batches: readonly (readonly Parameters<typeof recordOf>[0][])[]): Promise<void> {
  const sink = await openSink(world.databaseUrl);
  try {
    for (const events of batches) expect(await sink.write(events.map(recordOf))).toEqual([]);
  } finally {
    await sink.close();
  }
  await eventually(async () => (await tables.query(OTHERS)).length === 0);
}

/** Rows that scans of whole tables have read, by table. */
async function rowsScanned(): Promise<ReadonlyMap<string, number>> {
  const rows = await tables.query<{ name: string; rows: number }>(
    `select relname as name, seq_tup_read::float8 as rows from pg_stat_user_tables where n_live_tup > ${MANY_ROWS}`,
  );
  return new Map(rows.map(({ name, rows: read }) => [name, read]));
}

test('a batch reads no large table whole', async () => {
  const all = Array.from({ length: TRIALS }, (_, n) => n);
  await store([all.map(start), all.map(metric), all.map(end)]);
  const before = await rowsScanned();
  const names = [...before.keys()].toSorted();
  expect(names).toEqual([
    'cerebros_model_trials',
    'metric_trials',
    'trial_final_metrics',
    'trial_index',
    'trial_metrics_00000',
    'trial_parameters',
  ]);
  // As autovacuum does: it leaves out tables of less than fifty rows, of which Postgres assumes a thousand.
  await tables.query(`analyze ${names.join(', ')}`);
  const late = Array.from({ length: 20 }, (_, n) => TRIALS + n);
  await store(late.flatMap((n) => [[start(n)], [start(n - 100), metric(n)], [metric(n - 100), end(n), end(n - 100)]]));
  expect(await rowsScanned()).toEqual(before);
});
