import type { Gauge } from 'prom-client';
import { setWhenRead } from '../../metrics.ts';
import { Problem } from '../problem.ts';

/** The bytes one request holds of a {@link Budget}. */
export interface Lease {
  /** Takes more. Throws the `Problem` overloaded, taking nothing, when the budget does not have it. */
  take(bytes: number): void;
  /** Gives all of it back; safe to call twice. */
  release(): void;
}

/** A bound on the bytes of all requests that are being read or wait for Kafka, so that overload is met before memory is. */
export interface Budget {
  lease(): Lease;
}

/** What a request holds beside its body, roughly: its head, its parsed form, its place in queues. */
export const REQUEST_BYTES = 2_048;

export function createBudget(maxBytes: number, gauge: Gauge): Budget {
  let held = 0;
  setWhenRead(gauge, () => held);
  return {
    lease() {
      let mine = 0;
      return {
        take(bytes) {
          if (held + bytes > maxBytes) {
            throw new Problem('overloaded', `the gateway holds ${held} bytes of requests, at most ${maxBytes} it may`, {
              retryAfterSeconds: 1,
            });
          }
          held += bytes;
          mine += bytes;
        },
        release() {
          held -= mine;
          mine = 0;
        },
      };
    },
  };
}
