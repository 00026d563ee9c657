import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseUnavailable } from '../../store/database-error.ts';
import type { Mirror } from './mirror.ts';
import { describeSubject, type Subject } from './subject.ts';

const POLL_MS = 20;
/** A holder makes a few calls, each of which may take a minute. */
const WAIT_MS = 300_000;

/**
 * Runs `work` while no other writer, in this process or another, creates, replaces or completes the MLflow run of the
 * subject. `work` must read the link of the subject again.
 */
export async function underLock<T>(
  { locks, signal }: Pick<Mirror, 'locks' | 'signal'>,
  subject: Subject,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    signal.throwIfAborted();
    const lock = await locks.tryLock(`mlflow trial ${subject.key}`);
    if (lock !== undefined) {
      try {
        return await work();
      } finally {
        await lock.release();
      }
    }
    if (Date.now() > deadline) {
      const error = new Error(
        `another writer holds the lock of ${describeSubject(subject)} for more than ${WAIT_MS} ms`,
      );
      throw new DatabaseUnavailable(error, 'the MLflow mirror');
    }
    await sleep(POLL_MS * (0.5 + Math.random()), undefined, { signal });
  }
}
