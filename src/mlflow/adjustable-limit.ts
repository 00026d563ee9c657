/** A limit of the work that one process does at the same time, which can be lowered and recovers step by step. */
export interface AdjustableLimit {
  /** Runs `work` once less than the limit is in progress, in the order of the calls. A wait ends when `signal` is aborted. */
  run<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T>;
  /** Halves the limit, to 1 at least. */
  halve(): void;
}

/** @param recoverAfter successes in a row after which a lowered limit rises by one. */
export function createAdjustableLimit(greatest: number, recoverAfter: number): AdjustableLimit {
  let limit = greatest;
  let successes = 0;
  let active = 0;
  const waiting = new Set<() => void>();

  function admit(): void {
    for (const enter of waiting) {
      if (active >= limit) return;
      waiting.delete(enter);
      active += 1;
      enter();
    }
  }

  function enter(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const entered = () => {
        signal?.removeEventListener('abort', aborted);
        resolve();
      };
      const aborted = () => {
        if (waiting.delete(entered)) reject(signal?.reason);
      };
      signal?.addEventListener('abort', aborted, { once: true });
      waiting.add(entered);
      admit();
    });
  }

  return {
    async run(signal, work) {
      await enter(signal);
      try {
        const result = await work();
        successes += 1;
        if (limit < greatest && successes % recoverAfter === 0) limit += 1;
        return result;
      } finally {
        active -= 1;
        admit();
      }
    },

    halve() {
      limit = Math.max(1, Math.floor(limit / 2));
      successes = 0;
    },
  };
}
