/** `page`: a person acts now, at any hour. `ticket`: a person acts within a working day. */
export type Severity = 'page' | 'ticket';

/** An alert, the section of docs/operations.md named after it, and the proof that it can fire. */
export interface Alert {
  readonly name: string;
  readonly severity: Severity;
  readonly expr: string;
  /** How long the expression must hold, as Prometheus writes durations; absent: it fires at once. */
  readonly holds?: string;
  /** One sentence for the person who is woken; it may use `{{ $labels.stage }}`. */
  readonly summary: string;
  readonly test: AlertTest;
}

/** Time between two values of a series in a test. */
export type AlertInterval = '1m' | '5m';

/** A run of `promtool test rules`. */
export interface AlertTest {
  /** Time between two values; a minute if absent. At most 5m: Prometheus takes an older value for none. */
  readonly interval?: AlertInterval;
  /** Values by series, in promtool's notation: `0+10x60` is 0 and 60 more values, each 10 greater. */
  readonly series: Readonly<Record<string, string>>;
  /** When it does not fire yet. */
  readonly quietAt: string;
  /** When it fires. */
  readonly firesAt: string;
  /** Series for which it never fires, though its share alone would allow it. */
  readonly silent?: Readonly<Record<string, string>>;
  /** The labels of each alert that fires then, apart from severity and service; one without labels if absent. */
  readonly fires?: readonly Readonly<Record<string, string>>[];
}

export const MINUTE_S = 60;
export const DAY_S = 86_400;

/** The section of the runbook about an alert; headings become anchors in lower case. */
export const runbookOf = ({ name }: Pick<Alert, 'name'>): string => `docs/operations.md#${name.toLowerCase()}`;
