import type { WorkerCall } from './workers.ts';

/**
 * UTF-8 bytes up to which the payload is also in the environment. The kernel refuses a variable beyond 128 KiB, its name
 * included; above this bound the payload is on standard input only, never cut.
 */
export const MAX_PAYLOAD_VARIABLE_BYTES = 96 * 1_024;

/** The part of a call that its environment contains. */
export type CallIdentity = Pick<
  WorkerCall,
  'op' | 'modelRunId' | 'trialId' | 'correlationId' | 'status' | 'attempt' | 'timeoutMs' | 'traceparent'
>;

/** The variables of the worker contract for one call, whose time begins now. */
export function callEnvironment(
  { op, modelRunId, trialId, correlationId, status, attempt, timeoutMs, traceparent }: CallIdentity,
  payload: { readonly text: string; readonly bytes: number },
): Readonly<Record<string, string>> {
  return {
    CEREBROS_BRIDGE_OP: op,
    CEREBROS_BRIDGE_RUN_ID: modelRunId,
    CEREBROS_BRIDGE_CORRELATION: correlationId,
    CEREBROS_BRIDGE_STATUS: status ?? '',
    ...(payload.bytes <= MAX_PAYLOAD_VARIABLE_BYTES ? { CEREBROS_BRIDGE_PAYLOAD: payload.text } : {}),
    CEREBROS_BRIDGE_PAYLOAD_BYTES: String(payload.bytes),
    CEREBROS_BRIDGE_ATTEMPT: String(attempt),
    CEREBROS_BRIDGE_DEADLINE_MS: String(Date.now() + timeoutMs),
    ...(trialId === undefined ? {} : { CEREBROS_BRIDGE_TRIAL_ID: trialId }),
    ...(traceparent === undefined ? {} : { TRACEPARENT: traceparent }),
  };
}

/** Variables of every worker, unless the bridge has others for them. */
export const WORKER_DEFAULTS: Readonly<Record<string, string>> = {
  // Prints of a killed worker would otherwise be lost with its buffer.
  PYTHONUNBUFFERED: '1',
  // A segmentation fault prints the Python stack.
  PYTHONFAULTHANDLER: '1',
};
