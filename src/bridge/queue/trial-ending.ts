import type { TrialOutcome } from '../../store/tables/bridge-endings.ts';

/**
 * How a trial ended: the document that its events are made of, kept in `bridge_trials.ending` as JSON. Metric values that
 * JSON has no number for are texts, as in events.
 */
export type TrialEnding =
  /** Before a worker had it, or by a request while a worker had it. */
  | { readonly kind: 'cancelled' }
  /** Its bridges were lost too often. */
  | { readonly kind: 'lost' }
  /** Its last attempt had no result. */
  | (Started & {
      readonly kind: 'failed';
      readonly error_type: string;
      readonly error_message: string;
      readonly duration_ms: number;
    })
  /** A worker reported it, and perhaps further trials with it. */
  | (Started & {
      readonly kind: 'reported';
      readonly trial: TrialResult;
      readonly others: readonly (TrialResult & { readonly trial_id: string })[];
    });

interface Started {
  /** The start of the attempt, epoch milliseconds, if its `ml.trial.start` is not known to be in Kafka. */
  readonly started_at?: number;
}

/** The result of one trial, in the words of events. */
export interface TrialResult {
  readonly outcome: TrialOutcome;
  readonly spectral_norm: boolean | null;
  readonly mlflow_run_id: string | null;
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** An integer. */
  readonly duration_ms: number;
  readonly rank: number | null;
  readonly artifact_uri: string | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  readonly warnings: readonly string[];
}
