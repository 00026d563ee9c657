interface Sample {
  readonly atMs: number;
  readonly end: number;
}

/** At one sample every five seconds, an hour. */
const MAX_SAMPLES = 720;

/**
 * The ends of one partition over time. An offset was written between the two samples whose ends it lies between, so its time is
 * known without reading its record.
 */
export class EndHistory {
  readonly #samples: Sample[] = [];

  add(end: number, atMs: number): void {
    const last = this.#samples.at(-1);
    // A topic that was created again begins at 0.
    if (last !== undefined && end < last.end) this.#samples.length = 0;
    this.#samples.push({ end, atMs });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** When the record at `offset` was written, epoch milliseconds; undefined if it is older than the samples, or not written yet. */
  timeOf(offset: number): number | undefined {
    const after = this.#samples.findIndex(({ end }) => end > offset);
    const [before, next] = [this.#samples[after - 1], this.#samples[after]];
    if (before === undefined || next === undefined) return undefined;
    const share = (offset - before.end) / (next.end - before.end);
    return before.atMs + share * (next.atMs - before.atMs);
  }
}
