/** Neighbouring buckets differ by this factor, which bounds the error of a quantile. */
const GROWTH = 1.02;
const LEAST_MS = 0.01;
/** Enough buckets for about two minutes. */
const BUCKETS = 825;

/** Durations, counted in buckets: the memory does not grow with the length of a run. */
export class Latencies {
  readonly #counts = new Uint32Array(BUCKETS);
  count = 0;
  maxMs = 0;

  record(ms: number): void {
    const bucket = Math.ceil(Math.log(Math.max(ms, LEAST_MS) / LEAST_MS) / Math.log(GROWTH));
    const at = Math.min(BUCKETS - 1, bucket);
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.count += 1;
    if (ms > this.maxMs) this.maxMs = ms;
  }

  /** Counts all durations of another run too. */
  add(other: Latencies): void {
    for (const [bucket, count] of other.#counts.entries()) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.count += other.count;
    this.maxMs = Math.max(this.maxMs, other.maxMs);
  }

  /** The duration in milliseconds that this share (0 to 1) of all durations did not exceed, within 2 %; 0 without any. */
  quantileMs(share: number): number {
    const rank = Math.ceil(this.count * share);
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank && seen > 0) return Math.min(this.maxMs, LEAST_MS * GROWTH ** bucket);
    }
    return 0;
  }
}
