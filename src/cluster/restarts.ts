/** The number of replacements in a period beyond which replacing workers does not help. */
export interface WorkerRestartPolicy {
  readonly maxRestarts: number;
  readonly withinMs: number;
}

export const WORKER_RESTART_POLICY: WorkerRestartPolicy = { maxRestarts: 10, withinMs: 60_000 };

/** Counts the ends of workers in a sliding window. */
export class Restarts {
  readonly #policy: WorkerRestartPolicy;
  #deaths: number[] = [];

  constructor(policy: WorkerRestartPolicy) {
    this.#policy = policy;
  }

  /** Records the end of a worker. Returns the pause before its replacement in milliseconds; undefined if there were too many. */
  pauseMs(nowMs: number): number | undefined {
    this.#deaths = this.#deaths.filter((at) => at > nowMs - this.#policy.withinMs);
    this.#deaths.push(nowMs);
    const count = this.#deaths.length;
    if (count > this.#policy.maxRestarts) return undefined;
    // The first is replaced at once: it may have been half of the gateway's processes.
    return count === 1 ? 0 : Math.min(5_000, 100 * 2 ** (count - 2));
  }
}
