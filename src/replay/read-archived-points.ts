import { randomUUID } from 'node:crypto';
import type { Connections } from '../connections.ts';
import { acceptedAt } from '../events/accepted-at.ts';
import { Breaker } from '../runtime/breaker.ts';
import { ConsumerStatus } from '../runtime/consumer-status.ts';
import { createBatchHandler } from '../runtime/loop.ts';
import type { Sink } from '../runtime/sink.ts';
import type { DecodedRecord } from '../runtime/stage.ts';
import { openStore } from '../sinks/archive/open-store.ts';
import { openArchiveSource } from './archive-source.ts';
import { ReplayTally } from './replay-tally.ts';
import { replayWork } from './replay-work.ts';
import { type Window, withinWindow } from './within-window.ts';

/** Small: the caller rests between batches, and each keeps Postgres busy. */
const BATCH = { maxRecords: 1_000, maxBytes: 8 * 1_048_576 } as const;
const NEVER_OPEN = { runLength: Number.POSITIVE_INFINITY, ratio: 1, windowRecords: 1_000 };

/**
 * Hands on the metric records of the archive within a window, in batches, as the live system delivers them to the role `postgres`.
 * Records that the router rejects are left out. A batch is handed on again when `handle` rejects because a dependency failed.
 *
 * @param partitionsAtOnce partitions of the topic that are read side by side; each holds an object in memory.
 */
export async function readArchivedPoints(
  { config, telemetry, codec }: Connections,
  window: Window,
  handle: (records: readonly DecodedRecord[]) => Promise<void>,
  partitionsAtOnce: number,
  signal: AbortSignal,
): Promise<void> {
  const sink: Sink = {
    name: 'retention',
    batch: BATCH,
    open: async () => undefined,
    async write(records) {
      await handle(records);
      return [];
    },
    close: async () => undefined,
  };
  const work = replayWork(
    { sinks: [{ sink, reads: ['ml.events.realtime'] }], run: undefined, rate: undefined },
    new ReplayTally(),
  );
  const handleBatch = createBatchHandler(work, {
    ...telemetry,
    acceptedAt,
    breaker: new Breaker(NEVER_OPEN),
    codec: await codec(),
    deadLetters: { write: async () => undefined },
    status: new ConsumerStatus(),
    chunkRecords: config.consumer.chunkRecords,
  });
  const source = await openArchiveSource(openStore(config.s3), {
    prefix: config.archive.prefix,
    topics: ['ml.events'],
    window,
    name: `retention.${randomUUID()}`,
    concurrency: partitionsAtOnce,
  });
  try {
    await source.read(
      withinWindow(window, handleBatch, () => undefined),
      signal,
      () => undefined,
    );
    signal.throwIfAborted();
  } finally {
    await source.forget();
    await source.close();
  }
}
