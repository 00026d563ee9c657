import type { ArtifactStored } from '../avro/records.ts';
import type { MlEvent } from '../events/event.ts';
import { uuidV5 } from '../events/ids.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { OutageLog } from '../outage-log.ts';
import { httpStatusOf, StoreUnavailable } from '../sinks/archive/store-error.ts';
import type { ArtifactStore, ObjectPresence } from './artifact-store.ts';
import { ARTIFACT_TYPE } from './artifact-type.ts';
import { inTurns } from './in-turns.ts';
import { modelAddress, type TrialIds } from './model-address.ts';
import { type ObjectAddress, uriOf } from './object-address.ts';

export interface FindModelsParts {
  /** See `modelAddress`; undefined searches nothing. */
  readonly template: string | undefined;
  readonly store: Pick<ArtifactStore, 'state'>;
  readonly metrics: Pick<Metrics, 'artifactSearches'>;
  readonly log: Log;
}

/** An event that may have left a model. */
type Completed = MlEvent & TrialIds;

/** Requests to the object store at the same time. */
const LOOKS_AT_ONCE = 8;
/** Looks at an object that the store answers with an error of its own, although it answers for others. */
const LOOKS_AT_OBJECT = 3;
/** A key without an object. */
const ABSENT_KEY = 'thunderline/absent';

/**
 * Finds the models of trials that completed without stating an address, at the address where workers of Cerebros save them.
 * The records are the same whenever the same events come again. Throws `StoreUnavailable`.
 */
export type FindModels = (events: readonly MlEvent[]) => Promise<readonly ArtifactStored[]>;

export function createFindModels({ template, store, metrics, log }: FindModelsParts): FindModels {
  const outages = new OutageLog(log);

  async function search(event: Completed, object: ObjectAddress): Promise<ArtifactStored | undefined> {
    const state = await stateOf(object);
    metrics.artifactSearches.inc({ result: state.kind === 'there' ? 'found' : state.kind });
    if (state.kind === 'denied') {
      const { bucket } = object;
      outages.failed(bucket, { bucket }, 'the object store denies the search for models: check ARTIFACT_MODEL_URI');
    }
    return state.kind === 'there' ? recordOf(event, object, state.sizeBytes) : undefined;
  }

  /**
   * A store may fail permanently for one key, such as one that its disk cannot hold. That must not hold up all later
   * trials.
   */
  async function stateOf(object: ObjectAddress): Promise<ObjectPresence> {
    for (let look = 1; ; look += 1) {
      try {
        return await store.state(object);
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || httpStatusOf(error.cause) === undefined) throw error;
        await store.state({ ...object, key: ABSENT_KEY });
        if (look === LOOKS_AT_OBJECT) return { kind: 'denied' };
      }
    }
  }

  return async function findModels(events) {
    if (template === undefined) return [];
    const searched = new Map<string, { readonly event: Completed; readonly object: ObjectAddress }>();
    for (const event of events) {
      if (!isCompletedWithoutAddress(event)) continue;
      const object = modelAddress(template, event);
      if (object !== undefined) searched.set(event.event_id, { event, object });
    }
    const found = await inTurns([...searched.values()], LOOKS_AT_ONCE, ({ event, object }) => search(event, object));
    return found.filter((record) => record !== undefined);
  };
}

function isCompletedWithoutAddress(event: MlEvent): event is Completed {
  if (event.trial_id === null) return false;
  if (event.event === 'ml.run.stop') return event.state === 'completed' && event.artifact_uri === null;
  return event.event === 'ml.trial.complete' && event.artifact_uri === null;
}

function recordOf(event: Completed, object: ObjectAddress, sizeBytes: number): ArtifactStored {
  const { timestamp, received_at, model_run_id, trial_id, attempt, correlation_id } = event;
  const uri = uriOf(object);
  return {
    event_id: uuidV5(JSON.stringify(['found', event.event_id, uri])),
    timestamp,
    received_at,
    model_run_id,
    trial_id,
    attempt,
    type: ARTIFACT_TYPE,
    name: null,
    uri,
    size_bytes: sizeBytes,
    sha256: null,
    content_type: null,
    correlation_id,
  };
}
