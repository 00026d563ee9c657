import type { Codec } from '../../src/avro/codec.ts';
import type { KafkaBatch } from '../../src/kafka/client/kafka-batch.ts';
import type { FetchedRecord } from '../../src/record.ts';
import { metric } from './work.ts';

/** When every scripted record was written, epoch milliseconds; what it holds was accepted long before. */
const WRITTEN_AT = Date.UTC(2026, 0, 1);

/** Records of partition `t/0` from offset 0 on. */
export const recordsOf = (count: number): FetchedRecord[] =>
  Array.from({ length: count }, (_, offset) => ({
    topic: 't',
    partition: 0,
    offset: String(offset),
    timestamp: WRITTEN_AT,
    key: null,
    headers: {},
    value: Buffer.alloc(10),
  }));

/** A batch whose consumer does as it is told, and remembers what was asked of it. */
export interface ScriptedBatch extends KafkaBatch {
  readonly calls: string[];
  active: boolean;
  owned: boolean;
  heartbeats: number;
}

export function scriptedBatch(records: readonly FetchedRecord[], script: Partial<KafkaBatch> = {}): ScriptedBatch {
  const batch: ScriptedBatch = {
    topic: 't',
    topicId: undefined,
    partition: 0,
    records,
    highWatermark: String(records.length),
    calls: [],
    active: true,
    owned: true,
    heartbeats: 0,
    async heartbeat() {
      batch.heartbeats += 1;
    },
    async commit(offset) {
      batch.calls.push(`commit ${offset}`);
    },
    pass: (offset) => void batch.calls.push(`pass ${offset}`),
    async commitAt(next, note) {
      batch.calls.push(`commit at ${next} ${note}`.trim());
    },
    pause: () => undefined,
    isOwned: () => batch.owned,
    isActive: () => batch.active,
    ...script,
  };
  return batch;
}

/** Reads a metric event in every value. */
export const METRIC_CODEC: Codec = {
  encode: () => Buffer.alloc(0),
  decode: () => ({ ok: true, name: 'RunMetric', record: metric(1) }),
};
