import type { Point } from './final-metrics.ts';
import { callsOf, metricsOf } from './metric-chunks.ts';
import { pointTags } from './point-tags.ts';
import type { RunWriter } from './run-writer.ts';

/** Writes points that belong to no record: those that MLflow refuses are left out. */
export async function writeLoosePoints(write: RunWriter, points: readonly Point[]): Promise<void> {
  for (const call of callsOf(metricsOf(points))) await write.metrics(call, (metrics) => metrics);
  await write.tags(pointTags(points));
}
