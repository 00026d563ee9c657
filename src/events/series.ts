import type { RunMetric } from '../avro/records.ts';

/** The fields of a metric event that define its points; `event_id` is a UUID in lower case, `attempt` that of `attemptOf`. */
export type MetricEvent = Pick<RunMetric, 'event_id' | 'timestamp' | 'attempt' | 'step' | 'measurements'>;

/** The points of one metric of one trial, in the order of (step, event id): `values[i]` is from `events[i]`. */
export interface Series {
  readonly events: MetricEvent[];
  readonly values: number[];
}

const byIdentity = (a: MetricEvent, b: MetricEvent): number => {
  if (a.step !== b.step) return a.step - b.step;
  return a.event_id === b.event_id ? 0 : a.event_id < b.event_id ? -1 : 1;
};

/** The order of doubles in Postgres, with NaN greatest; -0 is before 0, so that no two different values are equal. */
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
 * The identity of a point is trial, name, step and event id. Of two points with the same identity (a client's mistake, or an
 * event without a timestamp that was sent again) the one with the greater (attempt, time, value) is kept. Sorts `events`.
 */
export function seriesOf(events: MetricEvent[]): Map<string, Series> {
  const byName = new Map<string, Series>();
  // They mostly are in order already, which makes this sort fast.
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
  const order =
    event.attempt - held.attempt ||
    event.timestamp - held.timestamp ||
    compareValues(value, values[last] ?? Number.NaN);
  if (order <= 0) return;
  events[last] = event;
  values[last] = value;
}
