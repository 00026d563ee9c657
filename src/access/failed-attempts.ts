import { BoundedCache } from '../bounded-cache.ts';
import { networkOf } from './network-of.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

/**
 * Counts failed authentications by network, so that a client cannot try keys, or cause look-ups in Postgres, without
 * end. At most `maxAddresses` networks are counted: beyond it, the one that failed longest ago is forgotten.
 */
export class FailedAttempts {
  readonly #rate: Rate;
  readonly #buckets: BoundedCache<string, TokenBucket>;

  constructor(rate: Rate, maxAddresses: number) {
    this.#rate = rate;
    this.#buckets = new BoundedCache(maxAddresses);
  }

  /** Seconds until this address may fail again; 0 when it may now. */
  retryAfterSeconds(address: string, nowMs: number): number {
    return Math.ceil((this.#buckets.peek(networkOf(address))?.waitMs(1, nowMs) ?? 0) / 1_000);
  }

  add(address: string, nowMs: number): void {
    const network = networkOf(address);
    const bucket = this.#buckets.peek(network) ?? new TokenBucket(this.#rate, nowMs);
    bucket.take(1, nowMs);
    this.#buckets.set(network, bucket);
  }

  get size(): number {
    return this.#buckets.size;
  }
}
