import { isTrialEvent, type MlEvent, trialKey } from '../events/event.ts';

/** Version of the set of events. */
const TAXONOMY_VERSION = 1;

/** Version of the fields of each event. */
const EVENT_VERSION = 1;

/** The source of an event without one. */
const DEFAULT_SOURCE = 'cerebros';

/** Adds fields that every reader would otherwise derive itself. Pure: the same event is always enriched to the same bytes. */
export function enrich<E extends MlEvent>(event: E): E {
  const isMetric = event.event === 'ml.run.metric';
  return {
    ...event,
    source: event.source ?? DEFAULT_SOURCE,
    correlation_id: event.correlation_id ?? trialKey(event),
    priority: isMetric ? 'normal' : 'high',
    pipeline: isMetric ? 'realtime' : 'default',
    category: isTrialEvent(event.event) ? 'ml.trial' : 'ml.run',
    constraint_method: event.spectral_norm === true ? 'spectral_norm' : 'none',
    taxonomy_version: TAXONOMY_VERSION,
    event_version: EVENT_VERSION,
  };
}
