import type { ExactNumber, ShownSeries } from '../../src/queries/shapes.ts';
import type { SeriesBuilder } from '../charts/series.ts';
import { metricNumber } from '../data/metric-number.ts';

/** Adds the series of an answer, which is that of one attempt. */
export function addSeries(builder: SeriesBuilder, read: ShownSeries, attempt: number): void {
  const numberOf = (step: ExactNumber): number => {
    if (typeof step === 'string') builder.exact.set(Number(step), step);
    return Number(step);
  };
  for (const [at, step] of read.step.entries()) {
    const last = read.last[at] ?? 0;
    builder.addBucket({
      step: numberOf(step),
      min: read.min?.[at] ?? last,
      max: read.max?.[at] ?? last,
      last,
      time: read.time_ms[at] ?? 0,
      attempt,
    });
  }
  for (const { step, value } of read.nonfinite_at) {
    builder.add({ step: numberOf(step), value: metricNumber(value), time: 0, attempt });
  }
}
