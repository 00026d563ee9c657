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

  /** True while the total exceeds the limit: a partition that adds a record then completes its object. */
  get isSpent(): boolean {
    return this.#total > this.#maxBytes;
  }

  /** Records that `holder` now holds `bytes`. */
  hold(holder: object, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
  }
}
