import type { ChartView } from '../charts/chart-view.ts';
import type { Series } from '../charts/series.ts';
import { type Average, average, NO_AVERAGE } from '../charts/smooth.ts';
import { GrowingColumn } from './growing-column.ts';
import { MatchedColumn } from './matched-column.ts';

/** The columns of one chart that are computed from its series. */
export interface ChartColumns {
  /** x of the times of a series: seconds on a clock, milliseconds since `startMs`. */
  readonly times: (series: Series, startMs: number) => readonly number[];
  /** x of the values of another metric at the same steps. */
  readonly matched: (series: Series, other: Series | undefined) => readonly number[];
  /** The values, smoothed if the chart is. */
  readonly values: (series: Series) => readonly number[];
}

export function chartColumns(x: ChartView['x'], halfLife: number): ChartColumns {
  const time = (series: Series, at: number): number => series.times[at] ?? Number.NaN;
  const clock = new GrowingColumn(undefined, (series, at) => [time(series, at) / 1000, undefined]);
  const smoothed = smoothedColumn(halfLife);
  const matched = new MatchedColumn();
  const relative = new WeakMap<Series, Since>();
  return {
    times(series, startMs) {
      if (x === 'clock') return clock.of(series);
      let since = relative.get(series);
      if (since?.startMs !== startMs) {
        since = { startMs, column: new GrowingColumn(undefined, (of, at) => [time(of, at) - startMs, undefined]) };
        relative.set(series, since);
      }
      return since.column.of(series);
    },
    matched: (series, other) => matched.of(series, other),
    values: (series) => (halfLife > 0 ? smoothed.of(series) : series.last),
  };
}

interface Since {
  readonly startMs: number;
  readonly column: GrowingColumn<undefined>;
}

/** The average starts over at each attempt. */
export function smoothedColumn(halfLife: number): GrowingColumn<Average> {
  return new GrowingColumn(NO_AVERAGE, ({ steps, last, attempts }, at, before) => {
    const distance = (steps[at] ?? 0) - (steps[at - 1] ?? 0);
    const after = average(attempts.includes(at) ? NO_AVERAGE : before, last[at] ?? Number.NaN, distance, halfLife);
    return [after.mean, after];
  });
}
