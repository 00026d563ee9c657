import { createRequire } from 'node:module';
import { readRecordBatch } from './record-batch.ts';

/** The bytes of a fetch response and the position in them, as kafkajs' readers share it. */
interface FetchDecoder {
  readonly buffer: Buffer;
  offset: number;
}

type ReadBatch = ((decoder: FetchDecoder) => Promise<{ readonly records: readonly object[] }>) & {
  readonly ofOurs?: true;
};

const OFFSET_BYTES = 8;
/** First offset and length. */
const BATCH_PREFIX_BYTES = 12;
const MODULE = 'kafkajs/src/protocol/recordBatch/v0/decoder';

/**
 * Has kafkajs read fetched record batches by `record-batch.ts`. Its own reader makes a dozen objects for each record, of
 * which a sink uses one.
 *
 * kafkajs has no seam for this, so the module is replaced where it is looked up, at the first fetch, as
 * `fast-produce.ts` does. Batches that are compressed, transactional or cut off are left to it. Safe to call twice.
 */
export function decodeFetchFast(): void {
  const require = createRequire(import.meta.url);
  const original = require(MODULE) as ReadBatch;
  const loaded = require.cache[require.resolve(MODULE)];
  if (original.ofOurs === true || loaded === undefined) return;
  const read: ReadBatch = async (decoder) => {
    const records = readRecordBatch(decoder.buffer, decoder.offset);
    if (records === undefined) return original(decoder);
    decoder.offset += BATCH_PREFIX_BYTES + decoder.buffer.readInt32BE(decoder.offset + OFFSET_BYTES);
    return { records };
  };
  loaded.exports = Object.assign(read, { ofOurs: true });
}
