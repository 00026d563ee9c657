import type { Telemetry } from '../../telemetry.ts';
import { type InvocationSpan, payloadExcerpt, startInvocationSpan } from './invocation-span.ts';
import type { WorkerCall, WorkerOutcome } from './workers.ts';

const OUTPUT_END_CHARACTERS = 1_000;

/**
 * Reports one call: `bridge.invoke start`, then `bridge.invoke stop` with a result or `bridge.invoke exception` with a
 * failure, and the span `bridge.invoke`. Each line names the span, and the worker gets it as the parent of its own spans. A
 * report that fails is logged and changes nothing.
 */
export async function observeCall(
  call: WorkerCall,
  telemetry: Telemetry,
  run: (call: WorkerCall) => Promise<WorkerOutcome>,
): Promise<WorkerOutcome> {
  const { op, modelRunId, trialId, commandId, correlationId, attempt } = call;
  const { log, metrics, tracer } = telemetry;
  let span: InvocationSpan = { ids: {}, traceparent: call.traceparent, end: () => {} };
  reporting(telemetry, () => {
    span = startInvocationSpan(call, tracer);
  });
  const identity = { op, modelRunId, trialId, commandId, correlationId, attempt, ...span.ids };
  reporting(telemetry, () => {
    if (log.isLevelEnabled('debug')) log.debug({ ...identity, payload: payloadExcerpt(call) }, 'bridge.invoke start');
  });
  const outcome = await run({ ...call, traceparent: span.traceparent });
  reporting(telemetry, () => span.end(outcome));
  reporting(telemetry, () => {
    const result = outcome.kind === 'reported' ? 'reported' : outcome.reason;
    metrics.bridgeInvocations.inc({ op, outcome: result });
    metrics.bridgeInvokeSeconds.observe({ op }, outcome.durationMs / 1_000);
    const measured = { ...identity, outcome: result, durationMs: outcome.durationMs, returnCode: outcome.returnCode };
    if (outcome.kind === 'reported') {
      log.info({ ...measured, trials: outcome.trials.length, warnings: outcome.warnings.length }, 'bridge.invoke stop');
      return;
    }
    const { message, errorType, signal, retryable, output } = outcome;
    log.warn(
      { ...measured, message, errorType, signal, retryable, output: output.slice(-OUTPUT_END_CHARACTERS) },
      'bridge.invoke exception',
    );
  });
  return outcome;
}

function reporting({ log }: Telemetry, report: () => void): void {
  try {
    report();
  } catch (cause) {
    try {
      log.error({ cause }, 'bridge.invoke could not be reported');
    } catch {
      // The log itself is broken; the trial is not.
    }
  }
}
