import type { RunMetric } from '../../avro/records.ts';
import type { Point } from './final-metrics.ts';

/** The points of a metric event. */
export function pointsOfEvent({ measurements, timestamp, step }: RunMetric): readonly Point[] {
  const points: Point[] = [];
  for (const name in measurements) {
    const value = measurements[name];
    if (value !== undefined) points.push({ name, value, timestampMs: timestamp, step });
  }
  return points;
}
