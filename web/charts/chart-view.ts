import type { Range, YScale } from './scales.ts';

/** `metric`: the value of another metric at the same step. */
export type XAxis = 'step' | 'relative' | 'clock' | 'metric';

export interface ChartView {
  readonly x: XAxis;
  /** The metric of the x axis; empty unless `x` is `metric`. */
  readonly xMetric: string;
  readonly y: YScale;
  /** The y axis contains 0. */
  readonly fromZero: boolean;
  /** The part of the y axis that all charts show, if the user has set one. */
  readonly yRange: Range | undefined;
  /** The least and greatest value of each bucket are not drawn. */
  readonly hidesExtremes: boolean;
  /** The part of the x axis that all charts show; undefined shows everything. */
  readonly range: Range | undefined;
}
