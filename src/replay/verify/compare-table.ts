import type { ClientBase } from 'pg';

/** Tables whose content follows from the topics, each with the key of its rows. */
const KEYS = {
  model_runs: ['model_run_id'],
  cerebros_model_trials: ['model_run_id', 'trial_id'],
  trial_index: ['model_run_id', 'trial_id'],
  trial_parameter_values: ['model_run_id', 'trial_id', 'name'],
  trial_final_metric_values: ['model_run_id', 'trial_id', 'name'],
  run_metric_names: ['model_run_id', 'name'],
  model_artifacts: ['model_run_id', 'trial_id', 'uri'],
  trial_attempt_points: ['model_run_id', 'trial_id', 'name', 'step', 'event_id'],
} as const;

export type ComparedTable = keyof typeof KEYS;
export const COMPARED_TABLES = Object.keys(KEYS) as readonly ComparedTable[];

/** Times at which rows were written and objects removed, and keys given in the order of arrival: they do not follow from the topics. */
const BOOKKEEPING = ['created_at', 'updated_at', 'remove_at', 'removed_at', 'trial_key'];

type Row = Readonly<Record<string, unknown>>;

/** A row that differs between two schemas; null in a schema without it. */
export interface RowDifference {
  /** The values of its key. */
  readonly key: readonly (string | number | null)[];
  readonly left: Row | null;
  readonly right: Row | null;
}

export interface TableDifferences {
  readonly table: ComparedTable;
  readonly count: number;
  /** The first differing rows, in the order of their keys. */
  readonly rows: readonly RowDifference[];
}

/** Points in an older tier were compared with the archive when they moved there; no point of such a trial is compared. */
const inTable = (table: ComparedTable, home: string): string =>
  table !== 'trial_attempt_points'
    ? ''
    : `and not exists (
         select from ${home}.metric_trials k
         join ${home}.metric_tiers t on k.trial_key >= t.first_trial_key and k.trial_key < t.end_trial_key
         where k.model_run_id = v.model_run_id and coalesce(k.trial_id, '') = coalesce(v.trial_id, ''))`;

/**
 * Rows of `table` that differ between two schemas of a database, bookkeeping columns aside.
 *
 * @param run id of the run whose rows are compared; undefined for all.
 * @param limit maximum number of rows that are returned; all are counted.
 */
export async function compareTable(
  client: ClientBase,
  table: ComparedTable,
  [left, right]: readonly [string, string],
  { run, limit }: { readonly run: string | undefined; readonly limit: number },
): Promise<TableDifferences> {
  const keys = KEYS[table];
  const quoted = (name: string) => client.escapeIdentifier(name);
  const source = (schema: string) =>
    `(select * from ${quoted(schema)}.${table} v where ($1::text is null or model_run_id = $1) ${inTable(table, quoted(left))})`;
  // The trial id of a run is null. A full join cannot use "is not distinct from".
  const same = keys.map((name) =>
    name === 'trial_id' ? `coalesce(l.trial_id, '') = coalesce(r.trial_id, '')` : `l.${name} = r.${name}`,
  );
  const content = (alias: string) => `to_jsonb(${alias}) - '{${BOOKKEEPING.join(', ')}}'::text[]`;
  const key = keys.map((name) => `coalesce(l.${name}, r.${name})`).join(', ');
  const { rows } = await client.query<RowDifference & { count: number }>(
    `select jsonb_build_array(${key}) as key, l.row as left, r.row as right, count(*) over ()::int as count
     from (select l.*, ${content('l')} as row from ${source(left)} l) l
     full join (select r.*, ${content('r')} as row from ${source(right)} r) r on ${same.join(' and ')}
     where l.row is distinct from r.row
     order by ${key}
     limit $2`,
    [run ?? null, limit],
  );
  return {
    table,
    count: rows[0]?.count ?? 0,
    rows: rows.map(({ key: id, left: a, right: b }) => ({ key: id, left: a, right: b })),
  };
}
