import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ARTIFACT_METRICS } from './metrics/artifacts.ts';
import { BRIDGE_METRICS } from './metrics/bridge.ts';
import { REQUEST_SECONDS } from './metrics/buckets.ts';
import { combinations } from './metrics/combinations.ts';
import { DELIVERY_METRICS } from './metrics/delivery.ts';
import { HTTP_METRICS } from './metrics/http.ts';
import { INGEST_METRICS } from './metrics/ingest.ts';
import { LIVE_METRICS } from './metrics/live.ts';
import type { MetricEntry } from './metrics/metric.ts';
import { OBSERVER_METRICS } from './metrics/observer.ts';
import { SINK_METRICS } from './metrics/sinks.ts';
import { SYSTEM_METRICS } from './metrics/system.ts';

/**
 * The closed list of metrics. Labels have values from closed lists too (routes, consumers, topics, codes), so the number of
 * series is bounded. The label `stage` names the consumer. `docs/metrics.md` is generated from this table.
 */
export const METRICS = {
  ...HTTP_METRICS,
  ...INGEST_METRICS,
  ...DELIVERY_METRICS,
  ...SINK_METRICS,
  ...ARTIFACT_METRICS,
  ...BRIDGE_METRICS,
  ...LIVE_METRICS,
  ...SYSTEM_METRICS,
  ...OBSERVER_METRICS,
} as const;

const ENTRIES: readonly (readonly [string, MetricEntry])[] = Object.entries(METRICS);

type Kinds<L extends string> = { counter: Counter<L>; gauge: Gauge<L>; histogram: Histogram<L> };

/** One instrument for each entry of {@link METRICS}, and their registry. */
export type Metrics = {
  readonly [Name in keyof typeof METRICS]: Kinds<
    (typeof METRICS)[Name]['labels'][number]
  >[(typeof METRICS)[Name]['kind']];
} & { readonly registry: Registry };

/** Reads the value of a gauge only when the gauge is collected: thousands of changes a second cost nothing. */
export function setWhenRead(gauge: Gauge, value: () => number): void {
  Object.assign(gauge, { collect: () => gauge.set(value()) });
}

/** Does the same for a gauge with labels, whose series have different owners: each adds its own. */
export function alsoWhenRead(gauge: object, read: () => void): void {
  const { collect: before } = gauge as { collect?: () => void };
  Object.assign(gauge, {
    collect() {
      before?.call(gauge);
      read();
    },
  });
}

/** Removes every series of a gauge, so that an old value is not taken for a new one. */
export function clearGauge(gauge: Gauge): void {
  gauge.reset();
  // prom-client starts a gauge without labels at 0 again.
  gauge.remove({});
}

/**
 * Creates the series of every counter and histogram whose labels are all among the closed lists and those of `given`, with the
 * value 0; those without a label of `given` exist already.
 */
export function startAtZero(metrics: Metrics, given: Readonly<Record<string, readonly string[]>>): void {
  for (const [key, entry] of ENTRIES) {
    const { labels, values = {} } = entry;
    const known = { ...values, ...given };
    if (labels.every((label) => label in known) && labels.some((label) => label in given)) {
      createSeries(metrics[key as keyof typeof METRICS], entry, known);
    }
  }
}

/** `zero` of a histogram forgets what it has counted, and several consumers start the same stage. */
const CREATED = new WeakMap<Histogram, Set<string>>();

function createSeries(
  instrument: Counter | Gauge | Histogram,
  { labels }: MetricEntry,
  known: Readonly<Record<string, readonly string[]>>,
): void {
  for (const series of combinations(Object.fromEntries(labels.map((label) => [label, known[label] ?? []])))) {
    if (instrument instanceof Counter) instrument.inc(series, 0);
    if (instrument instanceof Histogram) zeroOnce(instrument, series);
  }
}

function zeroOnce(histogram: Histogram, series: Readonly<Record<string, string>>): void {
  const created = CREATED.get(histogram) ?? new Set<string>();
  CREATED.set(histogram, created);
  const name = JSON.stringify(series);
  if (!created.has(name)) histogram.zero(series);
  created.add(name);
}

/**
 * Counts in a map for hot paths, because prom-client checks and hashes the labels at each increment. The counter gets the
 * sums when it is collected, each with the labels of its key.
 */
export function countUntilRead<L extends string>(
  counter: Counter<L>,
  labelsOf: (key: string) => Partial<Record<L, string>>,
): (key: string, count: number) => void {
  const sums = new Map<string, number>();
  const { collect: before } = counter as { collect?: () => void };
  Object.assign(counter, {
    collect() {
      before?.call(counter);
      for (const [key, sum] of sums) counter.inc(labelsOf(key), sum);
      sums.clear();
    },
  });
  return (key, count) => void sums.set(key, (sums.get(key) ?? 0) + count);
}

/** Creates separate instruments, so that two systems in one process do not add up. Call {@link Registry.clear} at the end. */
export function createMetrics({ process: withProcess }: { process: boolean } = { process: false }): Metrics {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry });
  const entries = ENTRIES.map(([key, entry]) => [key, instrumentOf(entry, registry)]);
  return { ...Object.fromEntries(entries), registry } as Metrics;
}

const KINDS = { counter: Counter, gauge: Gauge, histogram: Histogram };

function instrumentOf(entry: MetricEntry, registry: Registry): Counter | Gauge | Histogram {
  const { kind, name, labels, values, help, buckets = REQUEST_SECONDS, shared } = entry;
  const instrument = new KINDS[kind]({
    name: `thunderline_${name}`,
    help,
    labelNames: [...labels],
    registers: [registry],
    // The workers of a gateway are summed into one answer, and a fact about another system is no sum.
    ...(shared && { aggregator: 'max' as const }),
    ...(kind === 'histogram' && { buckets: [...buckets] }),
  });
  // Without labels it would be 0 in every process that does not measure it.
  if (shared && instrument instanceof Gauge) clearGauge(instrument);
  if (values !== undefined && labels.every((label) => label in values)) createSeries(instrument, entry, values);
  return instrument;
}
