import type { ExactNumber, MetricValue } from './shapes.ts';

/** The last points of one metric of a trial, as columns of equal length, in the order of steps. */
export interface RecentPoints {
  readonly name: string;
  readonly step: readonly ExactNumber[];
  readonly time_ms: readonly number[];
  readonly value: readonly MetricValue[];
}
