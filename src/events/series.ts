import type { RunMetric } from '../avro/records.ts';

/** The part of a metric event that its points are made of; `event_id` is a UUID in lower case. */
export type MetricEvent = Pick<RunMetric, 'event_id' | 'timestamp' | 'step' | 'measurements'>;

/** The points of one metric of one trial, in the order of (step, event id): `values[i]` was said by `events[i]`. */
export interface Series {
  readonly events: MetricEvent[];
  readonly values: number[];
}

const byIdentity = (a: MetricEvent, b: MetricEvent): number => {
  if (a.step !== b.step) return a.step - b.step;
  return a.event_id === b.event_id ? 0 : a.event_id < b.event_id ? -1 : 1;
};

/** Order of doubles as Postgres has it, NaN greatest, and -0 before 0 so that no two different values are equal. */
function compareValues(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  if (Number.isNaN(a)) return 1;
  if (Number.isNaN(b)) return -1;
  if (a === b) return Object.is(a, -0) ? -1 : 1;
  return a - b;
}

/**
 * The points of one trial by the names of their metrics.
 *
 * A point is the same point when trial, name, step and event are: of two that then differ (a client's mistake, or an event
 * without a time of its own sent again) the greater (time, value) stands. `events` is left sorted.
 */
export function seriesOf(events: MetricEvent[]): Map<string, Series> {
  const byName = new Map<string, Series>();
  // They mostly are in order already, which this sort knows how to use.
  events.sort(byIdentity);
  for (const event of events) {
    for (const name in event.measurements) {
      const value = event.measurements[name];
      if (value === undefined) continue;
      const series = byName.get(name);
      if (series === undefined) byName.set(name, { events: [event], values: [value] });
      else addPoint(series, event, value);
    }
  }
  return byName;
}

function addPoint({ events, values }: Series, event: MetricEvent, value: number): void {
  const last = events.length - 1;
  const held = events[last];
  if (held === undefined || byIdentity(held, event) !== 0) {
    events.push(event);
    values.push(value);
    return;
  }
  const isGreater =
    event.timestamp === held.timestamp
      ? compareValues(value, values[last] ?? Number.NaN) > 0
      : event.timestamp > held.timestamp;
  if (!isGreater) return;
  events[last] = event;
  values[last] = value;
}
