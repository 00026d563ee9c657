/** A post whose row a reader has seen: its time on the clock of `performance.now()`, and the wait until the row was visible. */
interface Journey {
  readonly postedAt: number;
  readonly latencyMs: number;
}

/** The time at which points were posted and the time at which a reader saw their rows. */
export class Journeys {
  readonly #waiting = new Map<string, { readonly step: number; readonly at: number }[]>();
  readonly #seen: Journey[] = [];
  posted = 0;

  /** Records a post of the point `step` that starts now. Steps of a trial rise. */
  post(trial: string, step: number): void {
    const waiting = this.#waiting.get(trial) ?? [];
    this.#waiting.set(trial, waiting);
    waiting.push({ step, at: performance.now() });
    this.posted += 1;
  }

  /** Records that a reader sees everything up to `step` at `now`; the pipeline keeps the order within a trial. */
  see(trial: string, step: number, now: number): void {
    const waiting = this.#waiting.get(trial) ?? [];
    for (let next = waiting[0]; next !== undefined && next.step <= step; next = waiting[0]) {
      waiting.shift();
      this.#seen.push({ postedAt: next.at, latencyMs: now - next.at });
    }
  }

  get seen(): number {
    return this.#seen.length;
  }

  /** Milliseconds from post to row of the posts from `from` to before `until`. */
  latencies(from: number, until = Number.POSITIVE_INFINITY): number[] {
    return this.#seen.flatMap(({ postedAt, latencyMs }) => (postedAt >= from && postedAt < until ? [latencyMs] : []));
  }
}
