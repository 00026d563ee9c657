import type { Status } from '../../events/merge.ts';
import { type MergedRow, valueIn } from './merged-row.ts';

/** The status of MLflow for each status of a trial. */
const STATUSES = {
  queued: 'SCHEDULED',
  running: 'RUNNING',
  completed: 'FINISHED',
  failed: 'FAILED',
  cancelled: 'KILLED',
  skipped: 'KILLED',
} as const satisfies Readonly<Record<Status, string>>;

export const statusOf = (row: MergedRow): Status => valueIn<Status>(row, 'outcome') ?? 'running';

/** Whether a version of the outcome is that of an end: its rung is 2, an attempt may come first. */
export const isEnd = (version: string | undefined): boolean => /^(?:3\d{5})?2/.test(version ?? '');

/** The status and the end of an MLflow run. Without an end, MLflow keeps the one it has; 0 removes it. */
export const outcomeOf = (
  row: MergedRow,
): { readonly status: (typeof STATUSES)[Status]; readonly endTimeMs: number } => ({
  status: STATUSES[statusOf(row)],
  endTimeMs: (row.stated.outcome?.values[1] as number | null | undefined) ?? 0,
});
