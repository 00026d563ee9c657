import type pg from 'pg';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { MlflowClient } from '../../mlflow/client.ts';
import type { AdvisoryLocks } from '../../store/advisory-locks.ts';

/** Everything that the parts of the mirror share in one process. */
export interface Mirror {
  readonly client: MlflowClient;
  readonly pool: pg.Pool;
  /** Locks of trials, over all processes. */
  readonly locks: AdvisoryLocks;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Ends the calls in progress. */
  readonly signal: AbortSignal;
  /** How long one call to MLflow may be in progress. */
  readonly callTimeoutMs: number;
  /** Address of Thunderline for people, without a slash at the end. */
  readonly publicUrl: string;
  /** Must be called whenever MLflow has acknowledged a write. */
  readonly progressed: () => void;
  /** Must be called before each step: throws once the process stops, so that no further call is started. */
  readonly proceed: () => void;
}

/** The page of a trial or a run in Thunderline. */
export const pageOf = (
  { publicUrl }: Pick<Mirror, 'publicUrl'>,
  { model_run_id, trial_id }: { readonly model_run_id: string; readonly trial_id: string | null },
): string => {
  const run = `${publicUrl}/runs/${encodeURIComponent(model_run_id.toWellFormed())}`;
  return trial_id === null ? run : `${run}?trial=${encodeURIComponent(trial_id.toWellFormed())}`;
};
