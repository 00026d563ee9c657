import type { MlEvent } from '../../../src/events/event.ts';
import type { DecodedRecord, Delivery } from '../../../src/runtime/stage.ts';
import { accept } from '../../events/receive.ts';
import { recordOf } from '../postgres/records.ts';

/** The time of the first event of a trial. */
export const AT = Date.UTC(2026, 8, 1, 12);

interface Ids {
  readonly model_run_id: string;
  readonly trial_id?: string;
  readonly mlflow_run_id?: string;
}

export const started = (ids: Ids, fields: object = {}): MlEvent =>
  accept('ml.trial.start', { ...ids, timestamp: AT, ...fields });

/** The metric event of a step: one measurement, `loss`, unless others are given. */
export const metric = (ids: Ids, step: number, fields: object = {}): MlEvent =>
  accept('ml.run.metric', {
    ...ids,
    timestamp: AT + 1 + step,
    step,
    measurements: { loss: 1 / (1 + step) },
    ...fields,
  });

export const completed = (ids: Ids, fields: object = {}): MlEvent =>
  accept('ml.trial.complete', { ...ids, timestamp: AT + 10_000, ...fields });

/** Records of partition 0 at the offsets from `first` on, and the place of the batch that they are. */
export function delivered(events: readonly MlEvent[], first = 0): readonly [readonly DecodedRecord[], Delivery] {
  const records = events.map((event, index) => {
    const { source, content } = recordOf(event);
    return { source: { ...source, offset: String(first + index) }, content };
  });
  const last = String(first + events.length - 1);
  return [records, { topicId: 'topic', partition: 0, first: String(first), last }];
}
