/** The last points of one metric of a trial, as columns of equal length, in the order of steps; numbers as in every answer. */
export interface RecentPoints {
  readonly name: string;
  readonly step: readonly (number | string)[];
  readonly time_ms: readonly number[];
  readonly value: readonly (number | 'NaN' | 'Infinity' | '-Infinity')[];
}
