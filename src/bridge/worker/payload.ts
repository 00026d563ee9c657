import type { JsonObject } from '../../events/values.ts';
import type { ContractOperation, TrialReported } from './contract.ts';
import { type ContractName, contractFault } from './contract-fault.ts';

/** The contract of the payload of each operation. */
export const PAYLOADS: Readonly<Record<ContractOperation, ContractName>> = {
  start_run: 'RunStartedV1',
  run_trial: 'TrialStartedV1',
  record_trial: 'TrialReportedV1',
  finalize_run: 'RunFinalizedV1',
};

export interface RunStarted {
  readonly runId: string;
  readonly correlationId: string;
  readonly trials: number | null;
  readonly parallelism: number | null;
  readonly searchSpace: JsonObject | null;
  readonly spectralNorm: boolean | 'both';
  readonly parameters: JsonObject;
}

/** The payload of `start_run`. */
export const runStarted = (run: RunStarted): JsonObject => ({
  version: 1,
  run_id: run.runId,
  correlation_id: run.correlationId,
  n_trials: run.trials,
  parallelism: run.parallelism,
  search_space: run.searchSpace,
  spectral_norm: run.spectralNorm,
  parameters: run.parameters,
});

export interface TrialStarted {
  readonly runId: string;
  readonly trialId: string;
  readonly correlationId: string;
  readonly attempt: number;
  /** Null: neither the command nor the search decided; the contract has no third value, so it is false. */
  readonly spectralNorm: boolean | null;
  readonly hyperparams: JsonObject;
  readonly parameters: JsonObject;
}

/** The payload of `run_trial`. */
export const trialStarted = (trial: TrialStarted): JsonObject => ({
  version: 1,
  run_id: trial.runId,
  trial_id: trial.trialId,
  correlation_id: trial.correlationId,
  attempt: trial.attempt,
  spectral_norm: trial.spectralNorm ?? false,
  hyperparams: trial.hyperparams,
  parameters: trial.parameters,
});

/** The payload of `record_trial`: the trial as another call reported it. */
export const trialReported = (trial: TrialReported): JsonObject => ({
  version: 1,
  run_id: trial.runId,
  trial_id: trial.trialId,
  status: trial.status,
  spectral_norm: trial.spectralNorm,
  mlflow_run_id: trial.mlflowRunId,
  metrics: Object.fromEntries(
    Object.entries(trial.metrics).map(([name, value]) => [name, Number.isFinite(value) ? value : String(value)]),
  ),
  parameters: trial.parameters,
  duration_ms: trial.durationMs,
  rank: trial.rank,
  artifact_uri: trial.artifactUri,
  warnings: trial.warnings,
  error_type: trial.errorType,
  error_message: trial.errorMessage,
});

export interface RunFinalized {
  readonly runId: string;
  readonly correlationId: string;
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** The number of trials by status. */
  readonly trials: Readonly<Record<string, number>>;
  readonly bestTrialId: string | null;
  readonly durationMs: number | null;
  readonly errorMessage: string | null;
}

/** The payload of `finalize_run`. */
export const runFinalized = (run: RunFinalized): JsonObject => ({
  version: 1,
  run_id: run.runId,
  correlation_id: run.correlationId,
  status: run.status,
  trials: run.trials,
  best_trial_id: run.bestTrialId,
  duration_ms: run.durationMs,
  error_message: run.errorMessage,
});

/** A payload as text for a worker, or why it cannot be one. */
export type EncodedPayload =
  | { readonly ok: true; readonly text: string; readonly bytes: number }
  | { readonly ok: false; readonly why: string };

/** Checks a payload against the contract of its operation, and writes it as JSON. */
export function encodePayload(op: ContractOperation, payload: JsonObject): EncodedPayload {
  const text = JSON.stringify(payload);
  // The text, because exact integers are objects until they are written.
  const fault = contractFault(PAYLOADS[op], JSON.parse(text));
  if (fault !== undefined) return { ok: false, why: `${PAYLOADS[op]}: ${fault}` };
  return { ok: true, text, bytes: Buffer.byteLength(text) };
}
