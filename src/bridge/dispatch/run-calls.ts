import type pg from 'pg';
import { uuidV5 } from '../../events/ids.ts';
import { OutageLog } from '../../outage-log.ts';
import { inTransaction } from '../../store/pool.ts';
import {
  addCalls,
  addEndedTrials,
  type CalledOperation,
  type ClaimedCall,
  claimCall,
  endCall,
  failRun,
  repeatCall,
  rescueCalls,
} from '../../store/tables/bridge-calls.ts';
import type { RetryRule } from '../../store/tables/bridge-endings.ts';
import type { Telemetry } from '../../telemetry.ts';
import type { Failed, Reported, Workers } from '../worker/workers.ts';
import { callId, callOfRun } from './call-of-run.ts';
import { reportedEnds } from './conclusion.ts';

export interface RunCallsParts {
  readonly pool: pg.Pool;
  readonly workers: Workers;
  readonly operations: readonly CalledOperation[];
  readonly retry: RetryRule;
  readonly timeoutMs: number;
  readonly traceparent: (given: string | undefined) => string;
  readonly telemetry: Telemetry;
  /** The id under which this bridge has a lease; undefined while it has none. */
  readonly bridgeId: () => string | undefined;
}

/** Calls the operations of the worker contract other than `run_trial`, one at a time. */
export interface RunCaller {
  /** Kills the worker that runs: the lease was lost. Resolves when it has ended. */
  abort(): Promise<void>;
  stop(): Promise<void>;
}

const EVERY_MS = 1_000;
/** How often calls are looked for among all ends of the last hours. */
const THOROUGH_EVERY_MS = 60_000;
const MAX_MESSAGE = 65_536;
/** These are not ends: another bridge, or this one after its start, repeats the call. */
const INTERRUPTED: readonly Failed['reason'][] = ['cancelled', 'stopped', 'lost'];

export function startRunCalls(parts: RunCallsParts): RunCaller {
  const { pool, workers, operations, retry, timeoutMs, traceparent, telemetry, bridgeId } = parts;
  const { log } = telemetry;
  const outages = new OutageLog(log);
  let isStopping = false;
  let aborting = new AbortController();
  let working: Promise<void> | undefined;
  let thoroughAtMs = Number.NEGATIVE_INFINITY;

  async function work(): Promise<void> {
    const id = bridgeId();
    if (id === undefined) return;
    await rescueCalls(pool, id);
    const isThorough = performance.now() - thoroughAtMs >= THOROUGH_EVERY_MS;
    await addCalls(pool, operations, isThorough);
    if (isThorough) thoroughAtMs = performance.now();
    while (!isStopping && bridgeId() === id) {
      const call = await claimCall(pool, id);
      if (call === undefined) return;
      await run(call, id);
    }
  }

  async function run(call: ClaimedCall, id: string): Promise<void> {
    aborting = new AbortController();
    if (isStopping || bridgeId() !== id) aborting.abort();
    const { signal } = aborting;
    const context = traceparent(call.traceparent ?? undefined);
    const outcome = await workers.run({ ...callOfRun(call, timeoutMs, context), kill: signal }, signal);
    if (outcome.kind === 'reported') return end(call, id, outcome);
    const { reason, retryable } = outcome;
    if (INTERRUPTED.includes(reason)) await repeatCall(pool, call, id, { failures: 0, pauseMs: 0 });
    else if (retryable && call.failures < retry.retries) {
      await repeatCall(pool, call, id, { failures: 1, pauseMs: retry.backoffMs * 2 ** call.failures });
    } else await fail(call, id, outcome);
  }

  /** The trials that `start_run` reports have ended, and the study runs the others. */
  async function end(call: ClaimedCall, id: string, outcome: Reported): Promise<void> {
    const trials = call.op === 'start_run' ? reportedEnds(outcome) : [];
    const named = trials.map((trial) => ({ ...trial, command_id: uuidV5(`${callId(call)} ${trial.trial_id}`) }));
    await inTransaction(pool, async (client) => {
      const message = outcome.warnings.join('\n').slice(0, MAX_MESSAGE) || null;
      const isHeld = await endCall(client, call, id, 'reported', message);
      if (isHeld && named.length > 0) await addEndedTrials(client, call.model_run_id, named);
    });
  }

  /** A study whose `start_run` fails has failed, with the exception in its message; the other operations change nothing. */
  async function fail(call: ClaimedCall, id: string, { reason, message, traceback }: Failed): Promise<void> {
    const { model_run_id, op, trial_id } = call;
    const text = [message, traceback].filter(Boolean).join('\n\n').slice(0, MAX_MESSAGE);
    await inTransaction(pool, async (client) => {
      const isHeld = await endCall(client, call, id, reason, text);
      if (isHeld && op === 'start_run') await failRun(client, model_run_id, text);
    });
    log.warn({ model_run_id, trial_id, op, reason, message }, 'an operation of a run failed and is not repeated');
  }

  function start(): void {
    working ??= work()
      .then(
        () => outages.recovered('calls', {}, 'the operations of runs are called again'),
        (error: unknown) => {
          const cause = (error as Error).message;
          outages.failed('calls', { cause }, 'the operations of runs cannot be called; retrying');
        },
      )
      .finally(() => {
        working = undefined;
      });
  }
  const timer = setInterval(start, EVERY_MS);

  return {
    async abort() {
      aborting.abort();
      await working;
    },
    async stop() {
      isStopping = true;
      clearInterval(timer);
      aborting.abort();
      await working;
    },
  };
}
