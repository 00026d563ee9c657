import { METRICS } from '../../src/metrics.ts';

/** One expression of a panel. */
export interface Query {
  readonly expr: string;
  /** Grafana's legend format: `{{stage}}`. */
  readonly legend?: string;
}

/** Units as Grafana names them. */
export type Unit = 's' | 'ms' | 'percentunit' | 'short' | 'ops' | 'bytes' | 'Bps' | 'dateTimeFromNow' | 'none';

export interface PanelSpec {
  readonly title: string;
  /** `stat` shows the latest value as a number. */
  readonly kind: 'timeseries' | 'stat' | 'table';
  readonly unit: Unit;
  /** The question that the panel answers, and its normal values. */
  readonly description: string;
  readonly queries: readonly Query[];
  /** From this value on it is red. */
  readonly limit?: number;
  /** Draws series above each other. */
  readonly stacked?: true;
}

export interface Row {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

export interface VariableSpec {
  readonly name: string;
  /** Its values are those of this label of this metric. */
  readonly metric: string;
  readonly label: string;
}

export interface DashboardSpec {
  /** The name of its file, and of its address in Grafana. */
  readonly name: string;
  readonly title: string;
  readonly variables: readonly VariableSpec[];
  readonly rows: readonly Row[];
}

/** The name of each metric as Prometheus has it, by its key in the closed list: a metric that is renamed does not compile. */
export const M = Object.fromEntries(Object.entries(METRICS).map(([key, { name }]) => [key, `thunderline_${name}`])) as {
  readonly [Key in keyof typeof METRICS]: `thunderline_${(typeof METRICS)[Key]['name']}`;
};

const by = (labels: readonly string[]): string => (labels.length === 0 ? '' : ` by (${labels.join(', ')})`);

/** Counts a second, over all processes. @param counter a name, with matchers if wanted. */
export const rate = (counter: string, ...labels: readonly string[]): string =>
  `sum${by(labels)} (rate(${counter}[$__rate_interval]))`;

/** The share of one rate in another; 0 while neither has traffic. */
export const share = (part: string, all: string): string => `${part} / clamp_min(${all}, 1e-9)`;

/** A quantile of a histogram. Without traffic it has no value, rather than NaN. @param selector matchers in braces, or nothing. */
export const quantile = (q: number, histogram: string, selector = '', ...labels: readonly string[]): string =>
  `histogram_quantile(${q}, sum${by(['le', ...labels])} (rate(${histogram}_bucket${selector}[$__rate_interval]))) >= 0`;

/** The value of a fact that several processes report alike. */
export const shared = (gauge: string, ...labels: readonly string[]): string => `max${by(labels)} (${gauge})`;

const quantileQuery = (q: number, histogram: string, selector: string, label: string | undefined): Query => ({
  expr: quantile(q, histogram, selector, ...(label === undefined ? [] : [label])),
  legend: `${label === undefined ? '' : `{{${label}}} `}p${q * 100}`,
});

/** The median and the tail of a histogram. */
export const quantiles = (histogram: string, selector = '', label?: string): readonly Query[] =>
  [0.5, 0.95, 0.99].map((q) => quantileQuery(q, histogram, selector, label));

/** The 95th percentile of a histogram, for each value of a label. */
export const p95 = (histogram: string, selector: string, label: string): readonly Query[] => [
  quantileQuery(0.95, histogram, selector, label),
];
