import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { AccumulatingSink } from '../../runtime/sink.ts';
import { type ArchiveSettings, archivePartition } from './archive-partition.ts';
import { BufferBudget } from './buffer-budget.ts';
import type { ObjectStore } from './object-store.ts';

/** What is taken in at a time: small, as a take may have to wait for an upload. */
const BATCH = { maxRecords: 2_000, maxBytes: 1_048_576 };

/**
 * The archive sink: every record of its topics, as it is, in Avro files in a bucket. See docs/archive.md.
 *
 * Delivery: each offset stands in exactly one object, also after crashes, rebalances and lost offsets. Only trouble with
 * the bucket can hold it up, and then it waits; nothing is dead-lettered.
 */
export function createArchiveSink(
  store: ObjectStore,
  settings: ArchiveSettings & {
    /** Bytes in the making in one process, at most. */
    readonly bufferBytes: number;
  },
  { log, metrics }: { log: Log; metrics: Metrics },
): AccumulatingSink {
  const budget = new BufferBudget(settings.bufferBytes);
  return {
    name: 'archive',
    batch: BATCH,
    async open() {
      if (!(await store.isThere()))
        log.warn({ stage: 'archive' }, 'the bucket does not answer; records will wait for it');
    },
    accumulate: (partition) => archivePartition(partition, { settings, store, budget, metrics, now: Date.now }),
    async close() {
      store.close();
    },
  };
}
