import { randomFillSync } from 'node:crypto';
import { uuidV7 } from '../events/ids.ts';

/** Makes what must be unlike anything made before. */
export interface Fresh {
  /** A UUIDv7 of this time, in epoch milliseconds. */
  eventId(timeMs: number): string;
  /** The `traceparent` of a request when it is valid (W3C Trace Context, section 3.2), else a new one. */
  traceparent(header: string | undefined): string;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:$|-)/;
const VERSION_0_LENGTH = 55;
const POOL_BYTES = 4_096;

/** Draws random bytes from the system a page at a time: a call for each id costs more than the id. */
export function createFresh(): Fresh {
  const pool = Buffer.alloc(POOL_BYTES);
  let used = POOL_BYTES;

  function random(count: number): Buffer {
    if (used + count > POOL_BYTES) {
      randomFillSync(pool);
      used = 0;
    }
    used += count;
    return pool.subarray(used - count, used);
  }

  return {
    eventId: (timeMs) => uuidV7(timeMs, random(10)),

    traceparent(header) {
      if (header !== undefined && TRACEPARENT.test(header)) {
        if (!header.startsWith('00')) return `00${header.slice(2, VERSION_0_LENGTH)}`;
        if (header.length === VERSION_0_LENGTH) return header;
      }
      const hex = random(24).toString('hex');
      return `00-${hex.slice(0, 32)}-${hex.slice(32)}-01`;
    },
  };
}
