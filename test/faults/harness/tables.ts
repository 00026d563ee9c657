import type { FaultWorld } from './fault-world.ts';

type Queried = Pick<FaultWorld, 'query'>;

/** The tables and views of the sink in terms of ids and names: internal keys change when the tables are rebuilt. */
const TABLES = [
  'model_runs',
  'cerebros_model_trials',
  'model_artifacts',
  'trial_index',
  'trial_parameter_values',
  'trial_final_metric_values',
  'run_metric_names',
  'trial_metric_points',
] as const;
type Table = (typeof TABLES)[number];

/** The only columns that depend on the time or the order of the writes instead of the events. */
const BOOKKEEPING = ['created_at', 'updated_at', 'remove_at', 'removed_at', 'trial_key'];
const SHOWN = 5;

/** A query for the rows of a table, each as one text. */
async function rowsOf({ query }: Queried, table: Table): Promise<string> {
  const { rows } = await query(
    `select column_name from information_schema.columns
     where table_schema = 'public' and table_name = $1 order by ordinal_position`,
    [table],
  );
  const columns = rows.map(({ column_name }) => column_name).filter((name) => !BOOKKEEPING.includes(name));
  return `select r::text as line from (select ${columns.join(', ')} from ${table}) r`;
}

/** Copies the tables, for {@link tableFaults}; resolves with the number of rows of each. */
export async function rememberTables(world: Queried): Promise<Readonly<Record<Table, number>>> {
  await world.query('create schema remembered');
  const counts: [Table, number][] = [];
  for (const table of TABLES) {
    const { rowCount } = await world.query(`create table remembered.${table} as ${await rowsOf(world, table)}`);
    counts.push([table, rowCount ?? 0]);
  }
  return Object.fromEntries(counts) as Record<Table, number>;
}

/** The differences between the tables and their copies; empty when each row is the same to the byte. */
export async function tableFaults(world: Queried): Promise<string[]> {
  const faults: string[] = [];
  for (const table of TABLES) {
    const [now, before] = [await rowsOf(world, table), `select line from remembered.${table}`];
    for (const [verdict, sql] of [
      ['is gone', `${before} except all ${now}`],
      ['was not there', `${now} except all ${before}`],
    ]) {
      const { rows } = await world.query(`select line, count(*) over () as n from (${sql}) d limit ${SHOWN}`);
      faults.push(...rows.map(({ line, n }) => `${table}: ${line} ${verdict}, and ${n - 1} more`));
    }
  }
  return faults;
}

/**
 * Empties everything that can be rebuilt; the index of trials follows its trials. No sink may run meanwhile: it keeps
 * the keys of ids and names in memory.
 */
export async function emptyTables({ query }: Queried): Promise<void> {
  await query(
    'truncate model_runs, cerebros_model_trials, model_artifacts, trial_metrics, run_metric_names, metric_trials, metric_names',
  );
}
