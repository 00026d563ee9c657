import type { AnyRecord } from '../avro/any-record.ts';
import { faultsOf } from '../events/event-faults.ts';
import { eventOfRecord } from '../events/event-record.ts';
import type { Fault } from '../events/fault.ts';
import { faultsOfStoredArtifact } from '../events/stored-artifact-faults.ts';
import type { Outcome, Stage } from '../runtime/stage.ts';
import { enrich } from './enrich.ts';
import { route } from './route.ts';

/**
 * Enriches every event of the log and sends it to the topic of its priority; the report of a stored artifact belongs to the
 * lifecycle of its trial. Records that break the rules of the gateway, which only another producer can have written, are
 * rejected.
 */
export const routerStage: Stage = {
  name: 'router',
  from: 'ml.events',
  to: ['ml.events.high', 'ml.events.realtime'],
  transform(record) {
    if (record.name === 'ArtifactStored') {
      const faults = faultsOfStoredArtifact(record.record);
      if (faults.length > 0) return reject('invalid_event', describe(faults));
      return { kind: 'emit', topic: 'ml.events.high', content: record };
    }
    const event = eventOfRecord(record);
    if (event === undefined) return reject('unexpected_record', `${record.name} is not an event`);
    const faults = faultsOf(event);
    if (faults.length > 0) return reject('invalid_event', describe(faults));
    return { kind: 'emit', topic: route(event), content: { name: record.name, record: enrich(event) } as AnyRecord };
  },
};

const reject = (code: 'unexpected_record' | 'invalid_event', message: string): Outcome => ({
  kind: 'reject',
  code,
  message,
});

/** The names of metrics, and texts that are not JSON, may have any length. */
const MAX_MESSAGE_LENGTH = 1_000;

const describe = (faults: readonly Fault[]): string =>
  faults
    .map(({ path, message }) => `${path} ${message}`)
    .join('; ')
    .slice(0, MAX_MESSAGE_LENGTH)
    .toWellFormed();
