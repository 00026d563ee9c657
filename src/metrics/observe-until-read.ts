import type { Histogram } from 'prom-client';

/** A series of a histogram as prom-client keeps it; its types leave that out. */
interface Series {
  readonly labels: Readonly<Record<string, unknown>>;
  /** Observations by the upper edge of their bucket, those of lower buckets not included. */
  readonly bucketValues: Record<string, number>;
  sum: number;
  count: number;
}

type Internals = Histogram & {
  readonly hashMap: Readonly<Record<string, Series>>;
  readonly upperBounds: readonly number[];
  updateExemplar(labels: object, value: number, exemplar: Readonly<Record<string, string>>): void;
};

/** Observations of one series since the last reading. */
interface Sums {
  readonly series: Readonly<Record<string, string>>;
  readonly buckets: number[];
  sum: number;
  count: number;
}

/**
 * Observes into plain numbers for hot paths: prom-client checks and hashes the labels of each observation, and turns the edge
 * of its bucket into text. The histogram gets the sums when it is collected.
 *
 * @returns the function that observes one series, made once for its labels and called with each value. The id of a trace is for
 *   histograms with exemplars.
 */
export function observeUntilRead<L extends string>(
  histogram: Histogram<L>,
): (series: Readonly<Record<L, string>>) => (value: number, traceId?: string) => void {
  const internals = histogram as unknown as Internals;
  const { upperBounds } = internals;
  const all: Sums[] = [];
  const { collect: before } = histogram as { collect?: () => void };
  Object.assign(histogram, {
    collect() {
      before?.call(histogram);
      for (const sums of all) moveTo(internals, sums);
    },
  });
  return (series) => {
    const buckets = upperBounds.map(() => 0);
    const sums: Sums = { series, buckets, sum: 0, count: 0 };
    all.push(sums);
    return (value, traceId) => {
      if (traceId !== undefined) {
        seriesOf(internals, series);
        internals.updateExemplar(series, value, { trace_id: traceId });
      }
      sums.sum += value;
      sums.count += 1;
      for (let index = 0; index < upperBounds.length; index += 1) {
        if (value > (upperBounds[index] as number)) continue;
        (buckets[index] as number) += 1;
        return;
      }
    };
  };
}

function moveTo(histogram: Internals, sums: Sums): void {
  if (sums.count === 0) return;
  const series = seriesOf(histogram, sums.series);
  series.sum += sums.sum;
  series.count += sums.count;
  for (const [index, edge] of histogram.upperBounds.entries()) {
    series.bucketValues[edge] = (series.bucketValues[edge] ?? 0) + (sums.buckets[index] ?? 0);
  }
  sums.sum = 0;
  sums.count = 0;
  sums.buckets.fill(0);
}

function seriesOf(histogram: Internals, labels: Sums['series']): Series {
  const find = (): Series | undefined =>
    Object.values(histogram.hashMap).find((series) =>
      Object.entries(labels).every(([name, value]) => series.labels[name] === value),
    );
  const known = find();
  if (known !== undefined) return known;
  histogram.zero(labels);
  return find() as Series;
}
