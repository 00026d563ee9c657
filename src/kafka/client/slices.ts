import type { OutgoingRecord } from '../../record.ts';

/** Well below the 2 MiB that this system's topics accept, and below the broker's default of 1 MiB. */
const MAX_BATCH_BYTES = 900_000;
/** Approximate size of the headers and the framing of one record. */
const RECORD_OVERHEAD_BYTES = 200;

/** Cuts records into slices that the broker accepts even if all their records go to one partition. */
export function slices(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const result: OutgoingRecord[][] = [];
  let bytes = MAX_BATCH_BYTES;
  for (const record of records) {
    const size = (record.value?.length ?? 0) + (record.key?.length ?? 0) + RECORD_OVERHEAD_BYTES;
    if (bytes + size > MAX_BATCH_BYTES) {
      result.push([]);
      bytes = 0;
    }
    result.at(-1)?.push(record);
    bytes += size;
  }
  return result;
}
