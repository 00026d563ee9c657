import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { crc32c } from '../../../src/kafka/wire/crc32c.ts';
import { encodeProduce, type ProducedMessage } from '../../../src/kafka/wire/produce-request.ts';

/** Bytes of a produce request of one topic with a one-letter name before its batch. */
const BEFORE_BATCH = 27;
const HEADER_BYTES = 61;

/** Compressors by the number of their codec in a batch. */
export const CODECS = {
  gzip: { number: 1, compress: (bytes: Buffer): Buffer => gzipSync(bytes) },
  snappy: { number: 2, compress: (bytes: Buffer): Buffer => compressSync(bytes) },
  lz4: { number: 3, compress: (bytes: Buffer): Buffer => compressFrameSync(bytes) },
  zstd: { number: 4, compress: (bytes: Buffer): Buffer => zstdCompressSync(bytes) },
} as const;

export type CodecName = keyof typeof CODECS;

/** Sets the checksum of the single batch in `batch` to that of its bytes. */
export function resealed(batch: Buffer): Buffer {
  batch.writeInt32BE(crc32c(batch, 21, batch.length) | 0, 17);
  return batch;
}

/** An uncompressed batch of this producer with the first offset a broker would give it. */
export function plainBatch(messages: readonly ProducedMessage[], firstOffset = 0n): Buffer {
  const partitions = [{ partition: 0, messages }];
  const topicData = [{ topic: 't', partitions }];
  const batch = Buffer.from(encodeProduce({ acks: -1, timeout: 0, topicData }, Date.now()).subarray(BEFORE_BATCH));
  batch.writeBigInt64BE(firstOffset);
  return batch;
}

/** The same batch with its records replaced by `content`, under the number of a codec. */
export function withContent(batch: Buffer, codec: number, content: Buffer): Buffer {
  const packed = Buffer.concat([batch.subarray(0, HEADER_BYTES), content]);
  packed.writeInt32BE(packed.length - 12, 8);
  packed.writeInt16BE(codec, 21);
  return resealed(packed);
}

/** A batch whose records are compressed. */
export function compressedBatch(codec: CodecName, messages: readonly ProducedMessage[], firstOffset = 0n): Buffer {
  const plain = plainBatch(messages, firstOffset);
  const { number, compress } = CODECS[codec];
  return withContent(plain, number, compress(plain.subarray(HEADER_BYTES)));
}
