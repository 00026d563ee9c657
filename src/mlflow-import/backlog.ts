/** Work in progress that its owner does not wait for until it needs the results. */
export interface Backlog {
  /** Starts `work` once less than the limit is in progress. Rejects with the first failure. */
  add(work: () => Promise<void>): Promise<void>;
  /** Resolves when nothing is in progress. Rejects with the first failure. */
  drain(): Promise<void>;
}

export function createBacklog(limit: number): Backlog {
  const active = new Set<Promise<void>>();
  const failures: unknown[] = [];

  function throwFailure(): void {
    if (failures.length > 0) throw failures[0];
  }

  function start(work: () => Promise<void>): void {
    const running = work()
      .catch((error: unknown) => void failures.push(error))
      .finally(() => active.delete(running));
    active.add(running);
  }

  return {
    async add(work) {
      while (active.size >= limit) await Promise.race(active);
      throwFailure();
      start(work);
    },

    async drain() {
      while (active.size > 0) await Promise.all(active);
      throwFailure();
    },
  };
}
