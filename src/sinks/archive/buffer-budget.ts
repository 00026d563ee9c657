/** Counts the bytes that unfinished objects hold in memory, against one limit for all partitions. */
export class BufferBudget {
  readonly #maxBytes: number;
  readonly #held = new Map<object, number>();
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get total(): number {
    return this.#total;
  }

  /**
   * Whether `holder` must complete its object: the total exceeds the limit, and it holds at least as much as the average. A
   * smaller object would free little memory, and become one of many small ones in the bucket.
   */
  isDue(holder: object): boolean {
    return this.#total > this.#maxBytes && (this.#held.get(holder) ?? 0) * this.#held.size >= this.#total;
  }

  /** Records that `holder` now holds `bytes`. */
  hold(holder: object, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
  }
}
