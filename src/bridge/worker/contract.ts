import type { JsonObject, Measurements } from '../../events/values.ts';

/** The operations of the worker contract, in the order of a run. */
export const OPERATIONS = ['start_run', 'run_trial', 'record_trial', 'finalize_run'] as const;
export type ContractOperation = (typeof OPERATIONS)[number];

/** The end of a trial or run, in the words of the contract. */
export const TRIAL_STATUSES = ['succeeded', 'failed', 'skipped', 'cancelled'] as const;
export type TrialStatus = (typeof TRIAL_STATUSES)[number];

/** One trial that a worker reported (contract `TrialReportedV1`), read and complete. */
export interface TrialReported {
  readonly trialId: string;
  readonly runId: string;
  readonly status: TrialStatus;
  /** Unknown is false: a contract of version 1 has no third value. Events keep the difference. */
  readonly spectralNorm: boolean;
  readonly mlflowRunId: string | null;
  /** NaN and infinities included. */
  readonly metrics: Measurements;
  readonly parameters: JsonObject;
  readonly durationMs: number | null;
  readonly rank: number | null;
  readonly artifactUri: string | null;
  /** Warnings of the trial; of a failed trial they are its error message. */
  readonly warnings: readonly string[];
  /** The error that the worker itself named for a trial that did not succeed. */
  readonly errorType: string | null;
  readonly errorMessage: string | null;
}

/** A report about a whole run (`RunStartedV1`, `RunFinalizedV1`). */
export interface RunReported {
  readonly contract: 'RunStartedV1' | 'RunFinalizedV1';
  readonly runId: string;
  /** Null if the worker did not name one. */
  readonly status: TrialStatus | null;
  readonly mlflowRunId: string | null;
  readonly metrics: Measurements;
  readonly durationMs: number | null;
  /** Everything else in the result. */
  readonly metadata: JsonObject;
}
