import type { ClientBase } from 'pg';
import { GROUP_NAMES, type Row } from '../../events/merge.ts';
import { type MergeUpsert, mergeUpsert } from './merge-upsert.ts';

/** The statements that merge runs and trials, by the table they write to. */
export const MERGE_UPSERTS = {
  model_runs: mergeUpsert(
    'model_runs',
    ['model_run_id'],
    GROUP_NAMES.filter((group) => group !== 'rank'),
  ),
  cerebros_model_trials: mergeUpsert('cerebros_model_trials', ['model_run_id', 'trial_id'], GROUP_NAMES),
} as const;

async function write(client: ClientBase, name: string, { fields, sql }: MergeUpsert, rows: readonly Row[]) {
  if (rows.length === 0) return 0;
  const values = fields.map((field) => field.write(field.read(rows)));
  const { rowCount } = await client.query({ name, text: sql, values });
  return rowCount ?? 0;
}

/**
 * Merges rows of runs, one for each run, into `model_runs`. Rows are locked in the order of their keys, so that two writers
 * never wait for each other. Returns the number of rows that changed.
 */
export const writeRuns = (client: ClientBase, rows: readonly Row[]): Promise<number> =>
  write(client, 'write-runs', MERGE_UPSERTS.model_runs, rows);

/** Merges rows of trials, one for each trial, into `cerebros_model_trials`, as {@link writeRuns} does. */
export const writeTrials = (client: ClientBase, rows: readonly Row[]): Promise<number> =>
  write(client, 'write-trials', MERGE_UPSERTS.cerebros_model_trials, rows);
