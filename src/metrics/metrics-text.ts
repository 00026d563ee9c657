import { type MetricObject, type MetricObjectWithValues, type MetricValue, Registry } from 'prom-client';

/** The two text formats of metrics: that of Prometheus, and OpenMetrics, which has exemplars. */
export type MetricsFormat = 'prometheus' | 'openmetrics';

/** A registry as data: it can be sent between processes. */
export type MetricsData = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The metrics in a format, and its media type. */
export interface MetricsText {
  readonly type: string;
  readonly body: string;
}

const TYPES: Readonly<Record<MetricsFormat, string>> = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
};

/** Prometheus asks for OpenMetrics first; anything that does not name it gets the format that people know. */
export const formatFor = (accept: string | undefined): MetricsFormat =>
  /\bapplication\/openmetrics-text\b/.test(accept ?? '') ? 'openmetrics' : 'prometheus';

/** The values of a registry. */
export const dataOf = async (registry: Registry): Promise<MetricsData> =>
  (await registry.getMetricsAsJSON()) as MetricsData & MetricObject[];

/** Writes metrics in a format. */
export async function writeMetrics(data: MetricsData, format: MetricsFormat): Promise<MetricsText> {
  const registry = new Registry();
  registry.setContentType(TYPES[format] as typeof Registry.PROMETHEUS_CONTENT_TYPE);
  for (const metric of data) registry.registerMetric(heldMetric(metric, format) as never);
  return { type: TYPES[format], body: await registry.metrics() };
}

/**
 * A metric for the registry of one answer. prom-client cuts the suffix of a counter from its name when it writes OpenMetrics, and
 * adds it to each of its values; it does so in the metric itself, whose name would then be wrong in the other format.
 */
function heldMetric(metric: MetricsData[number], format: MetricsFormat) {
  const isCounter = format === 'openmetrics' && String(metric.type) === 'counter';
  const held = isCounter ? { ...metric, name: metric.name.replace(/_total$/, '') } : metric;
  return { name: held.name, type: held.type, get: () => held };
}
