import type { EventOf } from '../../src/events/event.ts';
import type { Work } from '../../src/runtime/stage.ts';

/** A metric event of a step; it was accepted that many milliseconds after the epoch began. */
export const metric = (step: number): EventOf<'ml.run.metric'> => ({
  event: 'ml.run.metric',
  event_id: `019aa6c0-0000-7000-8000-${String(step).padStart(12, '0')}`,
  timestamp: step,
  received_at: step,
  model_run_id: 'r',
  trial_id: 't',
  attempt: 0,
  mlflow_run_id: null,
  spectral_norm: null,
  source: null,
  correlation_id: null,
  metadata: null,
  step,
  measurements: { loss: 1 },
  priority: null,
  pipeline: null,
  category: null,
  constraint_method: null,
  taxonomy_version: null,
  event_version: null,
});

/** Work whose `handle` is the given function. */
export const workOf = (name: string, handle: Work['handle'], maxRecords = 1_000): Work => ({
  name,
  batch: { maxRecords, maxBytes: 1_048_576 },
  handle,
});

/** The steps of metric events. */
export const stepsOf = (records: Parameters<Work['handle']>[0]): number[] =>
  records.map(({ content }) => (content.name === 'RunMetric' ? content.record.step : Number.NaN));
