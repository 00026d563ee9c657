import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ARTIFACT_METRICS } from './metrics/artifacts.ts';
import { BRIDGE_METRICS } from './metrics/bridge.ts';
import { REQUEST_SECONDS } from './metrics/buckets.ts';
import { clearGauge } from './metrics/clear-gauge.ts';
import { createSeries } from './metrics/create-series.ts';
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

/** Creates separate instruments, so that two systems in one process do not add up. Call {@link Registry.clear} at the end. */
export function createMetrics({ process: withProcess }: { process: boolean } = { process: false }): Metrics {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry });
  const entries = ENTRIES.map(([key, entry]) => [key, instrumentOf(entry, registry)]);
  return { ...Object.fromEntries(entries), registry } as Metrics;
}

const KINDS = { counter: Counter, gauge: Gauge, histogram: Histogram };

function instrumentOf(entry: MetricEntry, registry: Registry): Counter | Gauge | Histogram {
  const { kind, name, labels, values, help, buckets = REQUEST_SECONDS, exemplars, shared } = entry;
  const instrument = new KINDS[kind]({
    name: `thunderline_${name}`,
    help,
    labelNames: [...labels],
    // prom-client refuses exemplars in a registry of the Prometheus format, which leaves them out all the same.
    registers: [],
    // The workers of a gateway are summed into one answer, and a fact about another system is no sum.
    ...(shared && { aggregator: 'max' as const }),
    ...(kind === 'histogram' && { buckets: [...buckets], enableExemplars: exemplars === true }),
  });
  registry.registerMetric(instrument as Counter);
  // Without labels it would be 0 in every process that does not measure it.
  if (shared && instrument instanceof Gauge) clearGauge(instrument);
  if (values !== undefined && labels.every((label) => label in values)) createSeries(instrument, entry, values);
  return instrument;
}
