import { Counter, type Gauge, Histogram } from 'prom-client';
import { combinations } from './combinations.ts';
import type { MetricEntry } from './metric.ts';

/**
 * Creates every series of a counter or histogram with the value 0. Those of a gauge appear when they are set.
 *
 * @param known the values of each of its labels.
 */
export function createSeries(
  instrument: Counter | Gauge | Histogram,
  { labels }: MetricEntry,
  known: Readonly<Record<string, readonly string[]>>,
): void {
  for (const series of combinations(Object.fromEntries(labels.map((label) => [label, known[label] ?? []])))) {
    if (instrument instanceof Counter) instrument.inc(series, 0);
    if (instrument instanceof Histogram) zeroOnce(instrument, series);
  }
}

/** `zero` of a histogram would discard its counts, and several consumers start the same stage. */
const CREATED = new WeakMap<Histogram, Set<string>>();

function zeroOnce(histogram: Histogram, series: Readonly<Record<string, string>>): void {
  const created = CREATED.get(histogram) ?? new Set<string>();
  CREATED.set(histogram, created);
  const name = JSON.stringify(series);
  if (!created.has(name)) histogram.zero(series);
  created.add(name);
}
