import { type MergedRow, valueIn } from './merged-row.ts';

/** A point of an MLflow metric. */
export interface Point {
  readonly name: string;
  readonly value: number;
  readonly timestampMs: number;
  readonly step: number;
}

/** Keeps final metrics apart from the points of the same name: a chart of points must not get one more at step 0. */
export const FINAL_PREFIX = 'final/';

/** A version that has a time: `2`, the sign of the time, its digits, and the rest; an attempt may come first. */
const VERSION = /^(?:3\d{5})?2([01])(\d{16})/;
const BEFORE_1970 = 8.64e15;

/** The time of a version of the merge law, epoch milliseconds; undefined for one without. */
export function timeOfVersion(version: string): number | undefined {
  const [, sign, digits] = VERSION.exec(version) ?? [];
  if (sign === undefined) return undefined;
  return sign === '1' ? Number(digits) : Number(digits) - BEFORE_1970;
}

/** The final metrics of a row, as points at step 0 of the time at which they were stated. */
export function finalMetricsOf(row: MergedRow): readonly Point[] {
  const timestampMs = timeOfVersion(row.stated.metrics?.version ?? '') ?? 0;
  const metrics = valueIn<Readonly<Record<string, number>>>(row, 'metrics') ?? {};
  return Object.entries(metrics).map(([name, value]) => ({
    name: `${FINAL_PREFIX}${name}`,
    // A JSON document of Postgres has no negative zero.
    value: value === 0 ? 0 : value,
    timestampMs,
    step: 0,
  }));
}
