import type { AnyRecord } from '../avro/any-record.ts';

/** The time the system accepted an event or command, epoch milliseconds; the latency of every consumer counts from it. */
export function acceptedAt({ record }: AnyRecord): number | undefined {
  if ('received_at' in record) return record.received_at;
  return 'requested_at' in record ? record.requested_at : undefined;
}
