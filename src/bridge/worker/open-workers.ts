import { setWhenRead } from '../../metrics/when-read.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { BridgeConfig } from '../options.ts';
import { openProcessControl, type ProcessControl } from '../process/process-control.ts';
import { WORKER_DEFAULTS } from './call-environment.ts';
import { failure } from './failure.ts';
import { observeCall } from './observe-call.ts';
import { createOneShotRunner } from './one-shot.ts';
import { encodePayload } from './payload.ts';
import { ResultCache } from './result-cache.ts';
import { locateScript } from './script.ts';
import { Slots } from './slots.ts';
import { createWarmRunner } from './warm.ts';
import type { Failed, WorkerCall, WorkerOutcome, Workers } from './workers.ts';

export interface OpenedWorkers extends Workers {
  /** Keeps other programs of the bridge under the same lease. */
  readonly control: ProcessControl;
}

export interface WorkersSurroundings {
  /** The inherited variables; see `inherited-variables.ts`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Workers are killed this long after the last renewal was sent; see {@link Workers.renewed}. */
  readonly leaseMs: number;
}

/** Time for the study to answer an intermediate value; without an answer the trial continues. */
const REPORT_MS = 10_000;

/** Opens the workers of one bridge. Interpreter and script are checked by each call, which reports what is wrong. */
export async function openWorkers(
  config: BridgeConfig,
  surroundings: WorkersSurroundings,
  telemetry: Telemetry,
): Promise<OpenedWorkers> {
  const environment = { ...WORKER_DEFAULTS, ...surroundings.environment };
  const control = await openProcessControl({ ...config, environment, leaseMs: surroundings.leaseMs }, telemetry);
  const locate = () => locateScript(config, environment.PATH ?? '');
  const slots = new Slots(config.workers, config.gpus);
  const settings = { ...config, control, locate, environment, reportMs: REPORT_MS };
  const runner =
    config.mode === 'warm'
      ? createWarmRunner({ ...settings, slots: slots.all }, telemetry)
      : createOneShotRunner(settings);
  const cache = new ResultCache(config.cacheMs, telemetry.metrics);
  setWhenRead(telemetry.metrics.bridgeWorkers, () => slots.all.length - slots.free);
  telemetry.metrics.bridgeWorkersLimit.set(slots.all.length);

  async function run(call: WorkerCall, signal: AbortSignal): Promise<WorkerOutcome> {
    const payload = encodePayload(call.op, call.payload);
    if (!payload.ok) return withoutStart(failure('invalid_payload', `the payload breaks the contract ${payload.why}`));
    const cached = cache.get(call);
    if (cached !== undefined) return cached;
    const slot = await slots.take(signal);
    if (slot === undefined) return withoutStart(failure('cancelled', 'was cancelled before it started'));
    try {
      const outcome = await runner.run(call, payload, slot, signal);
      if (outcome.kind === 'reported') cache.set(call, outcome);
      return outcome;
    } finally {
      slots.release(slot);
    }
  }
  return {
    control,
    slots: slots.all.length,
    run: (call, signal) => observeCall(call, telemetry, (observed) => run(observed, signal)),
    renewed: control.renewed,
    async close() {
      await runner.close();
      await control.close();
    },
  };
}

const withoutStart = (why: ReturnType<typeof failure>): Failed => ({
  kind: 'failed',
  ...why,
  output: '',
  durationMs: 0,
});
