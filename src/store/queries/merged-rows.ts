import { GROUP_NAMES, GROUPS } from '../../events/merge.ts';
import { textArray } from '../binary-array.ts';
import type { TrialName } from '../tables/metric-keys.ts';
import type { Database } from '../tables/mlflow-links.ts';

/** A row of `model_runs` (`trial_id` null) or `cerebros_model_trials`: documents as JSON text, and the version of each group. */
export type StoredRow = TrialName & {
  readonly started_at: Date | null;
} & Readonly<Record<string, unknown>>;

/** Columns whose numbers would lose digits as values of JavaScript. */
const DOCUMENTS: ReadonlySet<string> = new Set(['metrics', 'hyperparams', 'parameters', 'metadata']);

const columnsOf = (table: 'model_runs' | 'cerebros_model_trials'): string =>
  GROUP_NAMES.flatMap((group) =>
    [...GROUPS[group], `${group}_version`].map((column) => {
      if (table === 'model_runs' && (column === 'rank' || column === 'rank_version')) return `null as ${column}`;
      return DOCUMENTS.has(column) ? `t.${column}::text as ${column}` : `t.${column}`;
    }),
  ).join(', ');

const SQL = `
  with given as (select * from unnest($1::text[], $2::text[]) as given (model_run_id, trial_id))
  select t.model_run_id, t.trial_id, t.started_at, ${columnsOf('cerebros_model_trials')}
  from given join cerebros_model_trials t using (model_run_id, trial_id)
  union all
  select t.model_run_id, null, t.started_at, ${columnsOf('model_runs')}
  from given join model_runs t using (model_run_id)
  where given.trial_id is null`;

/** The rows of these trials and runs, as far as Postgres has them. */
export async function mergedRows(client: Database, subjects: readonly TrialName[]): Promise<readonly StoredRow[]> {
  const values = [
    textArray(subjects.map(({ model_run_id }) => model_run_id)),
    textArray(subjects.map(({ trial_id }) => trial_id)),
  ];
  return (await client.query<StoredRow>({ name: 'merged-rows', text: SQL, values })).rows;
}
