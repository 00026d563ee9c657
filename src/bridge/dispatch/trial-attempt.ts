import { parseExactly } from '../../events/exact-number.ts';
import type { JsonObject } from '../../events/values.ts';
import type { ClaimedTrial } from '../../store/tables/bridge-claims.ts';
import { judgeEvents, startInput } from '../queue/trial-events.ts';
import { trialStarted } from '../worker/payload.ts';
import type { WorkerCall } from '../worker/workers.ts';

/** A claimed trial whose hyperparameters are known. */
export interface ReadyTrial extends ClaimedTrial {
  readonly hyperparams: string;
}

const objectOf = (text: string | null): JsonObject => (text === null ? {} : (parseExactly(text) as JsonObject));

/** The call that a worker gets for one attempt. */
export function callOf(
  trial: ReadyTrial,
  defaultTimeoutMs: number,
  traceparent: string,
): Omit<WorkerCall, 'started' | 'report'> {
  const correlationId = trial.correlation_id ?? `${trial.model_run_id}/${trial.trial_id}`;
  return {
    commandId: trial.command_id,
    op: 'run_trial',
    modelRunId: trial.model_run_id,
    trialId: trial.trial_id,
    correlationId,
    attempt: trial.epoch,
    timeoutMs: trial.timeout_ms ?? defaultTimeoutMs,
    traceparent,
    payload: trialStarted({
      runId: trial.model_run_id,
      trialId: trial.trial_id,
      correlationId,
      attempt: trial.epoch,
      spectralNorm: trial.spectral_norm,
      hyperparams: objectOf(trial.hyperparams),
      parameters: objectOf(trial.payload),
    }),
  };
}

/** The `ml.trial.start` of an attempt. */
export const startEventsOf = (trial: ReadyTrial, startedAt: number): ReturnType<typeof judgeEvents> =>
  judgeEvents([startInput(trial, startedAt)], startedAt);
