import type { AnyRecord } from '../avro/any-record.ts';
import { eventOfRecord } from '../events/event-record.ts';
import type { Stage } from '../runtime/stage.ts';
import { enrich } from './enrich.ts';
import { route } from './route.ts';

/** Enriches every event of the log and sends it the way of its priority. */
export const router: Stage = {
  name: 'router',
  from: 'ml.events',
  to: ['ml.events.high', 'ml.events.realtime'],
  transform(record) {
    const event = eventOfRecord(record);
    if (event === undefined) {
      return { kind: 'reject', code: 'unexpected_record', message: `${record.name} is not an event` };
    }
    return { kind: 'emit', topic: route(event), content: { name: record.name, record: enrich(event) } as AnyRecord };
  },
};
