/** A statement that grows: each value becomes a parameter. */
export class SqlText {
  readonly values: unknown[] = [];

  /** Adds a value; returns its place, such as `$3`. */
  value(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** A double as it is in the answer. */
export const metricValue = (value: number): number | 'NaN' | 'Infinity' | '-Infinity' =>
  Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity');

/** An integer as it is in the answer: text if a JSON number would lose digits. */
export const exactNumber = (integer: number | bigint): number | string =>
  integer <= Number.MAX_SAFE_INTEGER ? Number(integer) : String(integer);

export const isoTime = (time: Date | null): string | null => (time === null ? null : time.toISOString());
