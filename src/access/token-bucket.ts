/** A limit: `perSecond` on average, and `capacity` at once. */
export interface Rate {
  readonly perSecond: number;
  readonly capacity: number;
}

/**
 * A token bucket. A cost beyond the capacity waits for a full bucket and leaves a debt, so that a batch larger than the
 * bucket stays possible and the average is kept. Time comes from the caller, in milliseconds.
 */
export class TokenBucket {
  readonly rate: Rate;
  #tokens: number;
  #at: number;

  constructor(rate: Rate, nowMs: number) {
    this.rate = rate;
    this.#tokens = rate.capacity;
    this.#at = nowMs;
  }

  /** Milliseconds until `cost` can be taken; 0 if it can be taken now. */
  waitMs(cost: number, nowMs: number): number {
    const lacking = Math.min(cost, this.rate.capacity) - this.tokens(nowMs);
    return lacking <= 0 ? 0 : (lacking / this.rate.perSecond) * 1_000;
  }

  take(cost: number, nowMs: number): void {
    this.#tokens = this.tokens(nowMs) - cost;
    this.#at = nowMs;
  }

  /** The tokens in the bucket; negative while it is in debt. */
  tokens(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.#at);
    return Math.min(this.rate.capacity, this.#tokens + (elapsedMs / 1_000) * this.rate.perSecond);
  }

  /** Seconds until the bucket is full again. */
  secondsToFull(nowMs: number): number {
    return Math.ceil((this.rate.capacity - this.tokens(nowMs)) / this.rate.perSecond);
  }
}
