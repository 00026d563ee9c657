import { isBug } from '../is-bug.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { OutageLog } from '../outage-log.ts';
import { backoffMs, RETRY_BACKOFF } from './backoff.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import { FatalError } from './fatal.ts';

/** An attempt that failed. */
export interface FailedAttempt {
  /** The work in {@link ConsumerStatus}, usually a partition. */
  readonly key: string;
  /** Attempts so far, from 1. */
  readonly attempts: number;
  readonly error: unknown;
  /** Further fields of the log line. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface RetryPolicy {
  /**
   * Records a failed attempt in the log (see {@link OutageLog}), in a metric and in the readiness of the consumer.
   *
   * @returns the pause before the next attempt, in milliseconds.
   * @throws FatalError when the error is a bug, which no further attempt can resolve.
   */
  failed(attempt: FailedAttempt): number;
  /** Records that the work of `key` succeeded after failed attempts. */
  recovered(key: string): void;
  /** Records that the work of `key` was given up after failed attempts: it belongs to another consumer. */
  abandoned(key: string): void;
  /** Throws {@link FatalError} when the error is a bug. */
  assertTransient(error: unknown): void;
}

/**
 * The retry policy of every consumer: a failure of a dependency is retried for as long as it lasts, with a back-off; a bug
 * ends the process. The caller does the waiting, because only it can keep its partition meanwhile.
 */
export function createRetryPolicy(
  consumer: string,
  { log, metrics, status }: { log: Log; metrics: Metrics; status: ConsumerStatus },
): RetryPolicy {
  const outages = new OutageLog(log);

  function assertTransient(error: unknown): void {
    if (isBug(error)) throw new FatalError(`${consumer} failed with an unexpected error`, { cause: error });
  }

  return {
    assertTransient,

    recovered(key) {
      status.resumes(key);
      outages.recovered(key, { stage: consumer, task: key }, 'succeeded after transient failures');
    },

    abandoned(key) {
      status.resumes(key);
      outages.forget(key);
    },

    failed({ key, attempts, error, fields }) {
      assertTransient(error);
      const pauseMs = backoffMs(RETRY_BACKOFF, attempts, Math.random());
      const cause = (error as Error).message;
      metrics.stageRetries.inc({ stage: consumer });
      const entry = { stage: consumer, ...fields, attempts, pauseMs, cause };
      outages.failed(key, entry, 'retrying after a transient failure');
      status.waits(key, cause);
      return pauseMs;
    },
  };
}
