import type { EventOf } from './event.ts';
import { EVENT_LIMITS } from './fault.ts';
import { isUuid } from './ids.ts';
import { COUNT_RANGE, isAttempt } from './numbers.ts';
import { isTime } from './timestamp.ts';
import { isId } from './values.ts';

/**
 * Whether a metric event keeps every rule, for all those without metadata. Nearly all records are metric events, and this
 * is twice as fast as the table; where it is false, the table decides.
 */
export const isSoundMetric = (event: EventOf<'ml.run.metric'>): boolean =>
  event.metadata === null &&
  isUuid(event.event_id) &&
  isTime(event.timestamp) &&
  isTime(event.received_at) &&
  event.timestamp <= event.received_at + EVENT_LIMITS.maxFutureMs &&
  isId(event.model_run_id) &&
  isIdOrNull(event.trial_id) &&
  isAttempt(event.attempt) &&
  isIdOrNull(event.mlflow_run_id) &&
  isIdOrNull(event.source) &&
  isIdOrNull(event.correlation_id) &&
  Number.isInteger(event.step) &&
  event.step >= COUNT_RANGE[0] &&
  event.step <= COUNT_RANGE[1] &&
  areNames(event.measurements);

const isIdOrNull = (id: string | null): boolean => id === null || isId(id);

/** At least one, all of them names. */
function areNames(measurements: object): boolean {
  let isEmpty = true;
  for (const name in measurements) {
    if (!isId(name)) return false;
    isEmpty = false;
  }
  return !isEmpty;
}
