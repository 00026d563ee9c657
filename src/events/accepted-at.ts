import type { AnyRecord } from '../avro/any-record.ts';

/** When the system took in what a record tells of, epoch milliseconds: the latency of every stage counts from there. */
export function acceptedAt({ record }: AnyRecord): number | undefined {
  if ('received_at' in record) return record.received_at;
  return 'requested_at' in record ? record.requested_at : undefined;
}
