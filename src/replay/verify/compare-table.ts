import type { ClientBase } from 'pg';

/** Tables whose content topics decide, each with what tells a row from another. */
const KEYS = {
  model_runs: ['model_run_id'],
  cerebros_model_trials: ['model_run_id', 'trial_id'],
  trial_final_metrics: ['model_run_id', 'trial_id', 'name'],
  model_artifacts: ['model_run_id', 'trial_id', 'uri'],
  trial_metric_points: ['model_run_id', 'trial_id', 'name', 'step', 'event_id'],
} as const;

export type ComparedTable = keyof typeof KEYS;
export const COMPARED_TABLES = Object.keys(KEYS) as readonly ComparedTable[];

/** When rows were written, which no topic says. */
const BOOKKEEPING = ['created_at', 'updated_at'];

type Row = Readonly<Record<string, unknown>>;

/** A row that is not the same in two schemas; null where it is not there at all. */
export interface RowDifference {
  /** The values of its key. */
  readonly key: readonly (string | number | null)[];
  readonly left: Row | null;
  readonly right: Row | null;
}

export interface TableDifferences {
  readonly table: ComparedTable;
  readonly count: number;
  /** The first of them, in the order of their keys. */
  readonly rows: readonly RowDifference[];
}

/**
 * Rows of `table` that differ between two schemas of a database, bookkeeping columns aside.
 *
 * @param run compares the rows of this run only.
 * @param limit how many rows are returned at most; all are counted.
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
    `(select * from ${quoted(schema)}.${table} where $1::text is null or model_run_id = $1)`;
  // A run has no trial id; "is not distinct from" would say so too, and no full join can use it.
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
