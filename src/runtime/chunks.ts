import type { FetchedRecord } from '../record.ts';

/** The size of what a consumer handles and commits together. */
export interface ChunkLimits {
  readonly maxRecords: number;
  readonly maxBytes: number;
  /** Bytes fetched of one partition at a time, if CONSUMER_FETCH_BYTES is less: a chunk is never larger than a fetch. */
  readonly fetchBytes?: number;
  /** Partitions that are handled at the same time, if CONSUMER_CONCURRENCY is more. Their chunks are in memory as decoded records. */
  readonly partitions?: number;
}

/** The limits of a consumer, with at most `chunkRecords` records (the option CHUNK_RECORDS, which applies to them all). */
export const limitChunks = (limits: ChunkLimits, chunkRecords: number): ChunkLimits => ({
  maxRecords: Math.min(limits.maxRecords, chunkRecords),
  maxBytes: limits.maxBytes,
});

/** Cuts records into chunks by number and bytes; a record larger than `maxBytes` is a chunk of its own. */
export function* chunksOf(
  records: readonly FetchedRecord[],
  { maxRecords, maxBytes }: ChunkLimits,
): Generator<readonly FetchedRecord[]> {
  let chunk: FetchedRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value?.length ?? 0;
    if (chunk.length > 0 && (chunk.length >= maxRecords || bytes + size > maxBytes)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
