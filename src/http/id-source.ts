import { randomFillSync } from 'node:crypto';
import { uuidV7OfHex, uuidV7Time } from '../events/ids.ts';
import { TRACEPARENT } from '../tracing/traceparent.ts';

/** Generates unique ids: UUIDv7 event ids and W3C traceparents. */
export interface IdSource {
  /** Returns a UUIDv7 of this time, in epoch milliseconds. */
  eventId(timeMs: number): string;
  /** Returns the `traceparent` of a request if it is valid (W3C Trace Context, section 3.2), else a new one. */
  traceparent(header: string | undefined): string;
}

const VERSION_0_LENGTH = 55;
const POOL_BYTES = 4_096;
/** Hexadecimal digits of the ten random bytes in a UUIDv7. */
const ID_DIGITS = 20;
/** Hexadecimal digits of a trace id (16 bytes) and a span id (8 bytes). */
const TRACE_DIGITS = 48;

/** Draws random digits from the system one page at a time, because a call for each id would cost more than the id. */
export function createIdSource(): IdSource {
  const bytes = Buffer.alloc(POOL_BYTES);
  let pool = '';
  let used = 0;
  let time = { ms: 0, text: uuidV7Time(0) };

  function digits(count: number): string {
    if (used + count > pool.length) {
      pool = randomFillSync(bytes).toString('hex');
      used = 0;
    }
    used += count;
    return pool.slice(used - count, used);
  }

  return {
    eventId(timeMs) {
      if (time.ms !== timeMs) time = { ms: timeMs, text: uuidV7Time(timeMs) };
      return uuidV7OfHex(time.text, digits(ID_DIGITS));
    },

    traceparent(header) {
      if (header !== undefined && TRACEPARENT.test(header)) {
        if (!header.startsWith('00')) return `00${header.slice(2, VERSION_0_LENGTH)}`;
        if (header.length === VERSION_0_LENGTH) return header;
      }
      const hex = digits(TRACE_DIGITS);
      return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
    },
  };
}
