import { setImmediate } from 'node:timers/promises';
import { readContainer } from '../../../src/avro/container.ts';
import { loadConfig } from '../../../src/config.ts';
import { createLog } from '../../../src/log.ts';
import { createMetrics } from '../../../src/metrics.ts';
import type { AccumulatingSink, ReadRecord } from '../../../src/runtime/sink.ts';
import { createArchiveSink } from '../../../src/sinks/archive/archive-sink.ts';
import { ARCHIVED_RECORD, type ArchivedRecord } from '../../../src/sinks/archive/archived-record.ts';
import { openStore } from '../../../src/sinks/archive/open-store.ts';
import { cuttable } from '../../support/cuttable.ts';
import type { SinkHarness } from '../../support/sink-contract.ts';
import { createWorld } from '../../support/world.ts';

const TOPIC = 'ml.events';
const TOPIC_ID = 'XQn8FDH1Tge5XnqDmLuvig';
const NOON = Date.UTC(2026, 9, 1, 12);
const HOUR_MS = 3_600_000;

/** Records of two partitions over a few days, some of which cannot be decoded: the archive stores those too. */
const records: readonly ReadRecord[] = [0, 1].flatMap((partition) =>
  Array.from({ length: 20 }, (_, offset): ReadRecord => {
    const timestamp = NOON + offset * 3 * HOUR_MS - (offset % 5 === 0 ? 30 * HOUR_MS : 0);
    const value = offset % 7 === 0 ? null : Buffer.from(`value ${partition} ${offset}`);
    const source = { topic: TOPIC, partition, offset: String(offset), timestamp, key: null, value, headers: {} };
    return { source, content: undefined };
  }),
);

/** Delivers a batch as the loop does to a process that was just assigned the partition, whose group has lost its position. */
async function deliver(sink: AccumulatingSink, batch: readonly ReadRecord[]): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  let committed = 0n;
  const accumulator = sink.accumulate({
    topic: TOPIC,
    topicId: TOPIC_ID,
    partition: first.source.partition,
    note: '',
    async commit(next) {
      committed = next;
    },
  });
  const end = BigInt(batch.at(-1)?.source.offset ?? -1) + 1n;
  try {
    await accumulator.take(batch);
    while (committed < end) {
      await setImmediate();
      await accumulator.settle();
    }
  } finally {
    accumulator.abandon();
  }
}

/** The archive sink on a prefix of its own in the bucket. */
export async function createArchiveHarness(): Promise<SinkHarness> {
  const world = await createWorld();
  const config = loadConfig(world.environment);
  const prefix = `${world.bucketPrefix}archive`;
  const direct = openStore(config.s3);
  const connection = await cuttable(config.s3.endpoint?.reveal() ?? '');
  const through = loadConfig({ ...world.environment, S3_ENDPOINT: connection.url });
  return {
    records,
    bad: [],
    order: 'by offset',
    connection,
    async open() {
      const settings = { prefix, objectBytes: 400, objectAgeMs: 1, bufferBytes: 1_000_000 };
      const sink = createArchiveSink(openStore(through.s3), settings, {
        log: createLog('silent'),
        metrics: createMetrics(),
      });
      await sink.open();
      return {
        async write(batch) {
          await deliver(sink, batch);
          return [];
        },
        close: () => sink.close(),
      };
    },
    async content() {
      const rows: ArchivedRecord[] = [];
      for await (const key of direct.list(`${prefix}/`)) {
        const file = (await direct.get(key)) ?? Buffer.alloc(0);
        for await (const block of readContainer<ArchivedRecord>(file, ARCHIVED_RECORD)) rows.push(...block);
      }
      return rows.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
    },
    async empty() {
      for await (const key of direct.list(`${prefix}/`)) await direct.remove(key);
    },
    async close() {
      direct.close();
      await connection.close();
      await world.close();
    },
  };
}
