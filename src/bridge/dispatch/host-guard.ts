import type { FailureReason, WorkerOutcome } from '../worker/workers.ts';

/** Attempts that were stopped are no evidence about the host. */
const STOPPED: readonly FailureReason[] = ['cancelled', 'lost', 'stopped'];

/**
 * Counts consecutive attempts that failed by a cause on this host, such as a missing module or a full disk. One bad host would
 * otherwise use up the retries of every trial in the queue, because it fails faster than others work.
 */
export class HostGuard {
  readonly #limit: number;
  #failures = 0;

  /** @param limit consecutive failures at which the host must stop; 0 switches the limit off. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Counts an attempt. Returns the reason to stop, in words, when the limit is reached. */
  note(outcome: WorkerOutcome): string | undefined {
    if (outcome.kind === 'reported') {
      this.#failures = 0;
      return undefined;
    }
    if (STOPPED.includes(outcome.reason)) return undefined;
    this.#failures = outcome.environmental ? this.#failures + 1 : 0;
    if (this.#limit === 0 || this.#failures < this.#limit) return undefined;
    const count = this.#failures === 1 ? 'an attempt' : `${this.#failures} attempts in a row`;
    return `${count} failed by a cause on this host; the last one: ${outcome.message}`;
  }
}
