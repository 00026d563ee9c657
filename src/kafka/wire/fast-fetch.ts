import { createRequire } from 'node:module';
import { type ReadMessage, readBatches } from './read-batches.ts';
import { UnreadableMessage } from './unreadable-message.ts';

/** The bytes of a fetch response and the position in them, as kafkajs' readers share it. */
interface FetchDecoder {
  readonly buffer: Buffer;
  offset: number;
}

type DecodeMessages = ((decoder: FetchDecoder) => Promise<readonly (ReadMessage | object)[]>) & {
  readonly replaced?: true;
};

const SIZE_BYTES = 4;
/** Position of the format in a record batch, and in the message sets of older formats. */
const MAGIC_AT = 16;
const RECORD_BATCH = 2;
const MODULE = 'kafkajs/src/protocol/requests/fetch/v4/decodeMessages';

/** The memory that the records of one batch may need, in bytes. */
let maxBatchBytes = 0;

/**
 * Has kafkajs read the fetched batches of a partition by `read-batches.ts`. Its own reader makes a dozen objects for each
 * record, one of which a sink uses, reads no codec but gzip, unpacks without a bound, and ends the whole consumer for a
 * batch that it cannot read.
 *
 * kafkajs has no extension point for this, so the module is replaced in the cache that its first fetch loads it from, as
 * `fast-produce.ts` does. Formats older than record batches are left to it. Safe to call again; the last bound holds.
 */
export function decodeFetchFast(maxBytes: number): void {
  maxBatchBytes = maxBytes;
  const require = createRequire(import.meta.url);
  const original = require(MODULE) as DecodeMessages;
  const loaded = require.cache[require.resolve(MODULE)];
  if (original.replaced === true || loaded === undefined) return;
  const decode: DecodeMessages = async (decoder) => {
    const { buffer, offset: at } = decoder;
    const size = buffer.readInt32BE(at);
    const start = at + SIZE_BYTES;
    const end = start + Math.max(0, size);
    if (end === start || end > buffer.length) return original(decoder);
    const bytes = buffer.subarray(start, end);
    if (bytes[MAGIC_AT] !== RECORD_BATCH) return readOlder(decoder, bytes);
    decoder.offset = end;
    return readBatches(bytes, maxBatchBytes);

    async function readOlder(source: FetchDecoder, set: Buffer): Promise<readonly object[]> {
      try {
        return await original(source);
      } catch (error) {
        const offset = String(set.readBigInt64BE(0));
        const reason = `format ${set[MAGIC_AT]}: ${(error as Error).message}`;
        const batch = {
          firstOffset: offset,
          lastOffset: offset,
          codec: 'unknown',
          timestamp: 0,
          bytes: Buffer.from(set),
        };
        return [new UnreadableMessage({ ...batch, reason })];
      } finally {
        source.offset = end;
      }
    }
  };
  loaded.exports = Object.assign(decode, { replaced: true });
}
