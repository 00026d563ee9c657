import { BATCH_LIMITS, type Metric, metricOf } from '../../mlflow/entities.ts';
import type { Point } from './final-metrics.ts';

/** Proxies accept a megabyte by default. */
const MAX_BYTES = 1_000_000;

/**
 * Cuts entries into chunks of at most 1,000 points and 1 MB, so that an entry is acknowledged as a whole. An entry with more
 * points is a chunk of its own.
 *
 * The same entries are always cut in the same places: sent again, a chunk is the same chunk. One old point among new ones
 * makes MLflow spend 2.6 times as much on the call.
 */
export function* metricChunks<T>(
  entries: Iterable<T>,
  pointsOf: (entry: T) => readonly Point[],
): Generator<readonly T[]> {
  let chunk: T[] = [];
  let count = 0;
  let bytes = 0;
  for (const entry of entries) {
    const points = pointsOf(entry);
    const size = points.reduce((sum, point) => sum + bytesOf(point), 0);
    const isFull = count + points.length > BATCH_LIMITS.metrics || bytes + size > MAX_BYTES;
    if (chunk.length > 0 && isFull) {
      yield chunk;
      chunk = [];
      count = 0;
      bytes = 0;
    }
    chunk.push(entry);
    count += points.length;
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

/** A name takes at most three bytes a character, the rest of a point in JSON about a hundred. */
const bytesOf = ({ name }: Point): number => 3 * name.length + 100;

/** The metrics of entries, each once: MLflow has one point for name, step, time and value, whatever the number of events. */
export function metricsOf(points: Iterable<Point>): readonly Metric[] {
  const metrics = new Map<string, Metric>();
  for (const point of points) {
    const { name, value, timestampMs, step } = point;
    metrics.set(`${step} ${timestampMs} ${value} ${name}`, metricOf(point));
  }
  return [...metrics.values()];
}

/** Cuts metrics into calls. */
export function* callsOf(metrics: readonly Metric[]): Generator<readonly Metric[]> {
  for (let from = 0; from < metrics.length; from += BATCH_LIMITS.metrics) {
    yield metrics.slice(from, from + BATCH_LIMITS.metrics);
  }
}
