import { AggregatorRegistry } from 'prom-client';
import { dataOf, type MetricsData } from '../metrics/metrics-text.ts';

/** The exemplar of a value, as prom-client keeps it; its types leave that out. */
interface Exemplar {
  /** Epoch seconds. */
  readonly timestamp: number;
}

type Value = MetricsData[number]['values'][number] & {
  /** Of a bucket, a sum or a count of a histogram. */
  readonly metricName?: string;
  readonly exemplar?: Exemplar | null;
};

/** Adds up the metrics of several processes. Of their exemplars, which prom-client drops, the newest of each value stays. */
export async function sumMetrics(reports: readonly MetricsData[]): Promise<MetricsData> {
  const newest = new Map<string, Exemplar>();
  for (const { name, values } of reports.flat()) {
    for (const value of values as readonly Value[]) {
      const { exemplar } = value;
      const key = keyOf(name, value);
      if (exemplar && exemplar.timestamp > (newest.get(key)?.timestamp ?? 0)) newest.set(key, exemplar);
    }
  }
  const summed = await dataOf(AggregatorRegistry.aggregate(reports as unknown as object[][]));
  return summed.map((metric) => ({
    ...metric,
    values: metric.values.map((value) => ({ ...value, exemplar: newest.get(keyOf(metric.name, value as Value)) })),
  }));
}

const keyOf = (name: string, { metricName, labels }: Value): string =>
  `${name} ${metricName} ${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
