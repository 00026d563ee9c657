/** One metric of the closed list. */
export interface MetricEntry {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** Without the prefix `thunderline_`. */
  readonly name: string;
  readonly labels: readonly string[];
  readonly help: string;
  /**
   * Every value of those labels whose values the code itself defines. A counter or histogram has all of them from the start:
   * `increase()` does not see the first count of a series that did not exist before, so an alert would miss the first fault.
   */
  readonly values?: Readonly<Record<string, readonly string[]>>;
  /** Upper edges of a histogram, in seconds; {@link REQUEST_SECONDS} where absent. */
  readonly buckets?: readonly number[];
  /** A histogram whose buckets name a trace that was recorded of one of their values: observe it by {@link observeTraced}. */
  readonly exemplars?: true;
  /** The value describes something outside the process, so every process reports the same: take the maximum, not the sum. */
  readonly shared?: true;
}

export type MetricTable = Readonly<Record<string, MetricEntry>>;
