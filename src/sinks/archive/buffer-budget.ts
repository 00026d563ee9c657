/** Bytes that the objects in the making may hold in memory together. */
export class Budget {
  readonly #maxBytes: number;
  readonly #held = new Map<object, number>();
  #total = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get total(): number {
    return this.#total;
  }

  /** True when there is more than may be: whoever adds next completes what it has. */
  get isSpent(): boolean {
    return this.#total > this.#maxBytes;
  }

  /** Tells that `holder` holds `bytes` now. */
  hold(holder: object, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    if (bytes === 0) this.#held.delete(holder);
    else this.#held.set(holder, bytes);
  }
}
