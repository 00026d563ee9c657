import type { Metrics } from '../metrics.ts';
import type { Sink, Work } from './stage.ts';

/** Makes an opened sink runnable. */
export const sinkWork = (sink: Sink, metrics: Metrics): Work => ({
  name: sink.name,
  batch: sink.batch,
  async handle(records) {
    const rejected = await sink.write(records);
    metrics.stageRecords.inc({ stage: sink.name, result: 'stored' }, records.length - rejected.length);
    return rejected;
  },
});
