import { STATUSES, type Status } from '../events/merge.ts';
import type { RunSummary, TrialCounts } from './shapes.ts';
import { isoTime } from './sql-text.ts';

export const RUN_COLUMNS =
  'r.model_run_id, r.status, r.spectral_norm, r.mlflow_run_id, r.started_at, r.completed_at, r.duration_ms, ' +
  'r.error_type, r.error_message';

/** The columns of {@link RUN_COLUMNS}. */
export interface RunRow {
  readonly model_run_id: string;
  readonly status: Status;
  readonly spectral_norm: boolean;
  readonly mlflow_run_id: string | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
}

export const runSummary = (row: RunRow, trials: TrialCounts): RunSummary => ({
  model_run_id: row.model_run_id,
  status: row.status,
  spectral_norm: row.spectral_norm,
  mlflow_run_id: row.mlflow_run_id,
  started_at: isoTime(row.started_at),
  completed_at: isoTime(row.completed_at),
  duration_ms: row.duration_ms,
  error_type: row.error_type,
  error_message: row.error_message,
  trials,
});

export function trialCounts(rows: readonly { readonly status: Status; readonly count: number }[]): TrialCounts {
  const countOf = (status: Status) => rows.find((row) => row.status === status)?.count ?? 0;
  const counts = Object.fromEntries(STATUSES.map((status) => [status, countOf(status)])) as Record<Status, number>;
  return { total: rows.reduce((sum, { count }) => sum + count, 0), ...counts };
}
