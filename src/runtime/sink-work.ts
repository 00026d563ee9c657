import type { Metrics } from '../metrics.ts';
import type { Sink } from './sink.ts';
import type { Work } from './stage.ts';

/** The work of a consumer that writes to an opened sink. */
export const sinkWork = (sink: Sink, metrics: Metrics): Work => ({
  name: sink.name,
  batch: sink.batch,
  ...(sink.waiting !== undefined && { waiting: sink.waiting }),
  ...(sink.available !== undefined && { available: sink.available }),
  ...(sink.progressedAt !== undefined && { progressedAt: sink.progressedAt }),
  async handle(records, delivery) {
    const rejected = await sink.write(records, delivery);
    metrics.stageRecords.inc({ stage: sink.name, result: 'stored' }, records.length - rejected.length);
    return rejected;
  },
});
