import type { Client } from '../access/client.ts';
import { setWhenRead } from '../metrics/when-read.ts';
import type { Metrics } from '../metrics.ts';
import type { Probe } from '../runtime/health.ts';
import { Problem } from './problem.ts';

/**
 * A bound on the bytes of all requests that are being read, wait for Kafka, or have an unread answer, so that memory is
 * bounded under overload. Bytes count when they arrive: an announced length holds nothing.
 *
 * A client may hold as much as its requests leave free for everyone else. One client can use half of the budget, two a third
 * each, n an (n + 1)th: however many clients fill it, a new one always finds room. These are the dynamic thresholds of shared
 * packet buffers (Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998), with alpha = 1.
 */
export interface Budget {
  lease(client: Client): Reservation;
  /** Reports a problem while less than a {@link LOW_SHARE} of the budget is free. */
  readonly probe: Probe;
}

/** The bytes that one request holds of a {@link Budget}. */
export interface Reservation {
  /**
   * Takes more. Throws, taking nothing, the `Problem` overloaded when the budget or the share of the client is used up, and
   * body_too_large when a request of this size never fits.
   */
  take(bytes: number): void;
  /** Takes more if there is room, and returns whether there was: for work that does not depend on it. */
  tryTake(bytes: number): boolean;
  /** Throws what {@link take} would throw, and takes nothing. */
  require(bytes: number): void;
  /** Sets the held bytes to exactly `bytes`, whether the budget has room or not, because they exist already. */
  hold(bytes: number): void;
  /** Returns everything to the budget; safe to call twice. */
  release(): void;
}

/** Memory a request holds besides its body, roughly: its head, its parsed form, its place in queues. */
export const REQUEST_BYTES = 2_048;

const LOW_SHARE = 1 / 16;

/** The names of a budget in `/health/ready`. */
export interface BudgetNames {
  readonly probe: string;
  /** The variable of its size. */
  readonly variable: string;
}

/** The instruments of a budget: the bytes it holds, and the requests that it refuses. */
export interface BudgetMetrics {
  readonly bytes: Metrics['ingestBytes'];
  readonly overloads: Metrics['httpOverloads'];
}

const GATEWAY: BudgetNames = { probe: 'bytes in flight', variable: 'GATEWAY_BYTES_IN_FLIGHT' };

/** @param maxBytes the setting that `names` names. */
export function createBudget(
  maxBytes: number,
  { bytes, overloads }: BudgetMetrics,
  names: BudgetNames = GATEWAY,
): Budget {
  let held = 0;
  const heldBy = new Map<Client, number>();
  setWhenRead(bytes, () => held);

  function overloaded(cause: 'bytes_in_flight' | 'client_share', message: string): Problem {
    overloads.inc({ cause });
    return new Problem('overloaded', message, { retryAfterSeconds: 1 });
  }

  /** A class, because every request has a lease: its methods are created once. */
  class BudgetReservation implements Reservation {
    readonly #client: Client;
    #leased = 0;

    constructor(client: Client) {
      this.#client = client;
    }

    require(bytes: number): void {
      if (this.#fits(bytes)) return;
      if (2 * (this.#leased + bytes) > maxBytes) {
        const half = Math.floor(maxBytes / 2);
        throw new Problem('body_too_large', `one request may hold ${half} bytes; send it in parts or as NDJSON`);
      }
      if (held + bytes > maxBytes) {
        throw overloaded(
          'bytes_in_flight',
          `the gateway is holding ${held} bytes of requests; the limit is ${maxBytes}`,
        );
      }
      const share = `may hold as much as is free, which is ${maxBytes - held} bytes`;
      const own = heldBy.get(this.#client) ?? 0;
      throw overloaded('client_share', `this client is holding ${own} bytes of requests; it ${share}`);
    }

    take(bytes: number): void {
      this.require(bytes);
      this.hold(this.#leased + bytes);
    }

    tryTake(bytes: number): boolean {
      if (!this.#fits(bytes)) return false;
      this.hold(this.#leased + bytes);
      return true;
    }

    hold(bytes: number): void {
      const more = bytes - this.#leased;
      if (more === 0) return;
      const own = (heldBy.get(this.#client) ?? 0) + more;
      if (own > 0) heldBy.set(this.#client, own);
      else heldBy.delete(this.#client);
      held += more;
      this.#leased = bytes;
    }

    release(): void {
      this.hold(0);
    }

    #fits(bytes: number): boolean {
      const free = maxBytes - held - bytes;
      return 2 * (this.#leased + bytes) <= maxBytes && free >= 0 && (heldBy.get(this.#client) ?? 0) + bytes <= free;
    }
  }

  const probe: Probe = {
    name: names.probe,
    check: async () => {
      if (maxBytes - held >= maxBytes * LOW_SHARE) return undefined;
      const largest = Math.max(...heldBy.values());
      return (
        `requests of ${heldBy.size} clients hold ${held} of ${maxBytes} bytes (${names.variable}), ` +
        `the largest client ${largest}`
      );
    },
  };
  return { lease: (client) => new BudgetReservation(client), probe };
}
