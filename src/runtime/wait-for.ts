import { setTimeout as sleep } from 'node:timers/promises';
import { IncompatibleSchema } from '../avro/registry.ts';
import { UsageError } from '../errors.ts';
import type { Log } from '../log.ts';
import { backoffMs, isBug } from './backoff.ts';

const START_BACKOFF = { firstMs: 250, greatestMs: 5_000 };

/** Errors that say what a person has to change: to try again changes nothing. */
const needsAPerson = (error: unknown): boolean => error instanceof UsageError || error instanceof IncompatibleSchema;

/**
 * Tries `attempt` until it works: a process that starts before the world does is not to be started again by hand.
 *
 * @param report told what is waited for, and undefined when it has come.
 */
export async function waitFor<T>(
  what: string,
  attempt: () => Promise<T>,
  { log, signal, report }: { log: Log; signal: AbortSignal; report: (problem: string | undefined) => void },
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    signal.throwIfAborted();
    try {
      const result = await attempt();
      report(undefined);
      return result;
    } catch (error) {
      if (needsAPerson(error) || isBug(error)) throw error;
      const pauseMs = backoffMs(START_BACKOFF, attempts, Math.random());
      report(`waits for ${what}: ${(error as Error).message}`);
      log.warn({ what, attempts, pauseMs, cause: (error as Error).message }, 'waiting for the world to be there');
      await sleep(pauseMs, undefined, { signal });
    }
  }
}
