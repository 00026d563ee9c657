import { setTimeout as sleep } from 'node:timers/promises';
import { needsOperator } from '../errors.ts';
import { isBug } from '../is-bug.ts';
import type { Log } from '../log.ts';
import { OutageLog } from '../outage-log.ts';
import { backoffMs } from './backoff.ts';

const START_BACKOFF = { firstMs: 250, greatestMs: 5_000 };

/**
 * Repeats `attempt` until it succeeds, so that a process that starts before its dependencies need not be restarted by hand.
 * Rejects with an error that needs an operator, with a bug, and when `signal` aborts.
 *
 * @param what the dependency, for the log and readiness.
 * @param report called with the problem after each failed attempt, and with undefined after the successful one.
 */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<T>,
  { log, signal, report }: { log: Log; signal: AbortSignal; report: (problem: string | undefined) => void },
): Promise<T> {
  const outages = new OutageLog(log);
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    try {
      const result = await attempt();
      report(undefined);
      outages.recovered(what, { what }, `${what} is available`);
      return result;
    } catch (error) {
      if (needsOperator(error) || isBug(error)) throw error;
      const pauseMs = backoffMs(START_BACKOFF, attempts, Math.random());
      report(`waits for ${what}: ${(error as Error).message}`);
      const fields = { what, attempts, pauseMs, cause: (error as Error).message };
      outages.failed(what, fields, `${what} is not available yet`);
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
