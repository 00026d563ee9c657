import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { AccumulatingSink } from '../../runtime/sink.ts';
import { type ArchiveSettings, archivePartition } from './archive-partition.ts';
import { BufferBudget } from './buffer-budget.ts';
import type { ObjectStore } from './object-store.ts';

/** Records taken at a time: few, because taking them may include an upload. */
const BATCH = { maxRecords: 2_000, maxBytes: 1_048_576 };

/**
 * The archive sink: every record of its topics, unchanged, in Avro files in a bucket. See docs/archive.md.
 *
 * Delivery: each record is in exactly one object, also after crashes, rebalances, lost offsets, and when a topic is deleted
 * and created again. Only a failure of the bucket delays it, and then it waits; it rejects no record.
 */
export function createArchiveSink(
  store: ObjectStore,
  settings: ArchiveSettings & {
    /** Maximum bytes of unfinished objects in one process. */
    readonly bufferBytes: number;
  },
  { log, metrics }: { log: Log; metrics: Metrics },
): AccumulatingSink {
  const budget = new BufferBudget(settings.bufferBytes);
  return {
    name: 'archive',
    batch: BATCH,
    async open() {
      metrics.archiveAgeLimit.set(settings.objectAgeMs / 1_000);
      const problem = await store.problem();
      if (problem !== undefined) log.warn({ stage: 'archive', cause: problem }, 'records wait for the bucket');
    },
    accumulate: (partition) => archivePartition(partition, { settings, store, budget, metrics, now: Date.now }),
    async close() {
      store.close();
    },
  };
}
