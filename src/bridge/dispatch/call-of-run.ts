import { parseExactly } from '../../events/exact-number.ts';
import { uuidV5 } from '../../events/ids.ts';
import type { JsonObject } from '../../events/values.ts';
import type { ClaimedCall } from '../../store/tables/bridge-calls.ts';
import type { TrialOutcome } from '../../store/tables/bridge-endings.ts';
import type { RunEnding } from '../queue/run-events.ts';
import type { TrialEnding } from '../queue/trial-ending.ts';
import { LOST } from '../queue/trial-events.ts';
import type { TrialReported, TrialStatus } from '../worker/contract.ts';
import { runFinalized, runStarted, trialReported } from '../worker/payload.ts';
import type { WorkerCall } from '../worker/workers.ts';

const STATUSES: Readonly<Record<TrialOutcome, TrialStatus>> = {
  completed: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

const objectOf = (text: string | null): JsonObject => (text === null ? {} : (parseExactly(text) as JsonObject));

/** The id of a call: repeating it is the same command. */
export const callId = ({ command_id, model_run_id, op, trial_id }: ClaimedCall): string =>
  uuidV5(`${command_id ?? model_run_id} ${op} ${trial_id}`);

/** The call of a worker for an operation of a run, or for an ended trial. */
export function callOfRun(call: ClaimedCall, defaultTimeoutMs: number, traceparent: string): WorkerCall {
  const { model_run_id, trial_id, op, outcome, failures } = call;
  const correlationId = call.correlation_id ?? (trial_id === '' ? model_run_id : `${model_run_id}/${trial_id}`);
  return {
    commandId: callId(call),
    op,
    modelRunId: model_run_id,
    trialId: trial_id === '' ? undefined : trial_id,
    correlationId,
    status: op === 'start_run' || outcome === null ? undefined : STATUSES[outcome],
    attempt: failures + 1,
    timeoutMs: call.timeout_ms ?? defaultTimeoutMs,
    traceparent,
    payload: payloadOf(call, correlationId),
  };
}

function payloadOf(call: ClaimedCall, correlationId: string): JsonObject {
  const { model_run_id: runId, op } = call;
  if (op === 'record_trial') return trialReported(reportedOf(call));
  if (op === 'start_run') {
    const { search_space } = objectOf(call.study);
    return runStarted({
      runId,
      correlationId,
      trials: call.trials,
      parallelism: call.parallelism,
      searchSpace: (search_space as JsonObject | undefined) ?? null,
      spectralNorm: call.spectral_norm ?? 'both',
      parameters: objectOf(call.payload),
    });
  }
  const { completed, failed, skipped, cancelled, error } = JSON.parse(call.ending ?? '{}') as RunEnding;
  return runFinalized({
    runId,
    correlationId,
    status: call.outcome === null || call.outcome === 'skipped' ? 'failed' : RUN_STATUSES[call.outcome],
    trials: { succeeded: completed, failed, skipped, cancelled },
    bestTrialId: call.best_trial_id,
    durationMs: call.duration_ms,
    errorMessage: error,
  });
}

const RUN_STATUSES = { completed: 'succeeded', failed: 'failed', cancelled: 'cancelled' } as const;

/** The end of a trial as the contract has it, whether a worker reported it or the bridge decided it. */
function reportedOf(call: ClaimedCall): TrialReported {
  const { model_run_id, trial_id, outcome } = call;
  const ending = parseExactly(call.ending ?? '{}') as TrialEnding;
  const trial = ending.kind === 'reported' ? ending.trial : undefined;
  const [errorType, errorMessage] =
    ending.kind === 'failed' ? [ending.error_type, ending.error_message] : ending.kind === 'lost' ? ['lost', LOST] : [];
  return {
    trialId: trial_id,
    runId: model_run_id,
    status: outcome === null ? 'failed' : STATUSES[outcome],
    spectralNorm: trial?.spectral_norm ?? call.spectral_norm ?? false,
    mlflowRunId: trial?.mlflow_run_id ?? call.mlflow_run_id,
    metrics: Object.fromEntries(Object.entries(trial?.metrics ?? {}).map(([name, value]) => [name, Number(value)])),
    parameters: (trial?.parameters ?? {}) as JsonObject,
    durationMs: trial?.duration_ms ?? (ending.kind === 'failed' ? ending.duration_ms : null),
    rank: trial?.rank ?? null,
    artifactUri: trial?.artifact_uri ?? null,
    warnings: trial?.warnings ?? [],
    errorType: trial?.error_type ?? errorType ?? null,
    errorMessage: trial?.error_message ?? errorMessage ?? null,
  };
}
