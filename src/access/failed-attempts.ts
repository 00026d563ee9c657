import { isIPv6 } from 'node:net';
import { type Rate, TokenBucket } from './token-bucket.ts';

/**
 * Counts failed authentications by address, so that nobody can try keys, or make us ask the database for them, without
 * end. Bounded: when `maxAddresses` are held, the one that failed longest ago is forgotten.
 */
export class FailedAttempts {
  readonly #rate: Rate;
  readonly #maxAddresses: number;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(rate: Rate, maxAddresses: number) {
    this.#rate = rate;
    this.#maxAddresses = maxAddresses;
  }

  /** Seconds until this address may fail again; 0 when it may now. */
  retryAfterSeconds(address: string, nowMs: number): number {
    return Math.ceil((this.#buckets.get(networkOf(address))?.waitMs(1, nowMs) ?? 0) / 1_000);
  }

  add(address: string, nowMs: number): void {
    const network = networkOf(address);
    const bucket = this.#buckets.get(network) ?? new TokenBucket(this.#rate, nowMs);
    bucket.take(1, nowMs);
    // A map keeps the order of insertion: set anew, the newest is last and the oldest first.
    this.#buckets.delete(network);
    this.#buckets.set(network, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > this.#maxAddresses && oldest !== undefined) this.#buckets.delete(oldest);
  }

  get size(): number {
    return this.#buckets.size;
  }
}

/** An IPv4 address, also when it comes mapped into IPv6; of IPv6 the /64, which is what one subscriber is given. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head.split(':').filter(Boolean);
  const rest = tail?.split(':').filter(Boolean) ?? [];
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return `${[...groups, ...zeros, ...rest].slice(0, 4).join(':')}::/64`;
}
