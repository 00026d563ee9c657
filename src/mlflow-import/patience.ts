import { setTimeout as sleep } from 'node:timers/promises';
import { MlflowUnavailable } from '../mlflow/mlflow-unavailable.ts';
import { KafkaUnavailable } from '../record.ts';
import { type BackoffPolicy, backoffMs } from '../runtime/backoff.ts';
import { DatabaseUnavailable } from '../store/database-error.ts';
import { MlflowRefused } from './accepted.ts';

const BACKOFF: BackoffPolicy = { firstMs: 500, greatestMs: 30_000 };

/** A crash of the server that the same request causes each time is a fault of its data. */
const CRASH_ATTEMPTS = 5;

/** Repeats work while a dependency is unavailable. */
export interface Patience {
  /**
   * Rejects with the error of `attempt` if no later attempt can succeed, with {@link MlflowRefused} if MLflow answers 500 each
   * time, and with the reason of the signal.
   */
  until<T>(attempt: () => Promise<T>): Promise<T>;
  /** The failure that some work waits for. */
  readonly cause: string | undefined;
}

export function createPatience(signal: AbortSignal, backoff = BACKOFF): Patience {
  const causes = new Map<symbol, string>();
  return {
    async until(attempt) {
      const work = Symbol('work');
      try {
        for (let attempts = 1; ; attempts += 1) {
          signal.throwIfAborted();
          const result = await attempt().then(succeeded, failed);
          if (result.ok) return result.value;
          signal.throwIfAborted();
          if (attempts >= CRASH_ATTEMPTS && isCrash(result.error)) throw new MlflowRefused(result.error.message);
          causes.set(work, result.error.message);
          await sleep(backoffMs(backoff, attempts, Math.random()), undefined, { signal }).catch(() => undefined);
        }
      } finally {
        causes.delete(work);
      }
    },
    get cause() {
      return causes.values().next().value;
    },
  };
}

const succeeded = <T>(value: T) => ({ ok: true, value }) as const;

function failed(error: unknown) {
  if (isTransient(error)) return { ok: false, error } as const;
  throw error;
}

const isCrash = (error: Error): boolean => error instanceof MlflowUnavailable && error.reason === 'crash';

const isTransient = (error: unknown): error is Error =>
  error instanceof KafkaUnavailable ||
  error instanceof DatabaseUnavailable ||
  (error instanceof MlflowUnavailable && error.reason !== 'configuration');
