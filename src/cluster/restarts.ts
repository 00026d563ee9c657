/** How often workers may be replaced before it is clear that replacing them does not help. */
export interface RestartPolicy {
  readonly maxRestarts: number;
  readonly withinMs: number;
}

export const RESTART_POLICY: RestartPolicy = { maxRestarts: 10, withinMs: 60_000 };

/** Counts deaths in a sliding window. */
export class Restarts {
  readonly #policy: RestartPolicy;
  #deaths: number[] = [];

  constructor(policy: RestartPolicy) {
    this.#policy = policy;
  }

  /** Notes a death; returns the pause before the replacement in milliseconds, or undefined when there are too many. */
  pauseMs(nowMs: number): number | undefined {
    this.#deaths = this.#deaths.filter((at) => at > nowMs - this.#policy.withinMs);
    this.#deaths.push(nowMs);
    const count = this.#deaths.length;
    if (count > this.#policy.maxRestarts) return undefined;
    // The first is replaced at once: half of the gateway's processes may just have gone.
    return count === 1 ? 0 : Math.min(5_000, 100 * 2 ** (count - 2));
  }
}
