import type { TrialListItem } from '../../src/queries/shapes.ts';
import { isAhead } from '../data/apply-event.ts';

/** The row of an answer; if the feed has moved the trial on, that row with the values that only the answer has. */
export const joinRow = (held: TrialListItem | undefined, answer: TrialListItem): TrialListItem =>
  held !== undefined && isAhead(held, answer) ? withValues(held, answer) : answer;

/** The feed may have named the trial for the first time when it ended. */
const withValues = (row: TrialListItem, answer: TrialListItem): TrialListItem => ({
  ...row,
  spectral_norm: row.spectral_norm || answer.spectral_norm,
  mlflow_run_id: row.mlflow_run_id ?? answer.mlflow_run_id,
  mlflow_url: answer.mlflow_url,
  started_at: row.started_at ?? answer.started_at,
  parameters: { ...row.parameters, ...answer.parameters },
  // The result of an earlier attempt is not that of this one.
  metrics: row.attempt > Math.max(1, answer.attempt) ? row.metrics : { ...answer.metrics, ...row.metrics },
});
