import type { Point } from '../sinks/mlflow/final-metrics.ts';
import type { Found } from './difference.ts';

/** The points of one metric, by their identity in MLflow: step, time and value. */
export type PointSet = ReadonlySet<string>;

/** The greatest double stands for Infinity in MLflow; -0 and 0 are the same point there, and no time is before 1970. */
export const pointIdentity = ({ step, timestampMs, value }: Omit<Point, 'name'>): string =>
  `${step} ${Math.max(0, timestampMs)} ${stored(value)}`;

function stored(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  if (value === Number.NEGATIVE_INFINITY) return -Number.MAX_VALUE;
  return value === 0 ? 0 : value;
}

/** The differences in number between two sets of points of one metric. */
export function comparePoints(name: string, missing: number, wanted: PointSet, held: PointSet): readonly Found[] {
  const extra = [...held].filter((point) => !wanted.has(point)).length;
  const found: Found[] = [];
  if (missing > 0) {
    found.push({
      what: `points of ${name}`,
      postgres: `${wanted.size}`,
      mlflow: `${missing} are missing`,
      canRepair: true,
    });
  }
  if (extra > 0) {
    found.push({ what: `points of ${name}`, postgres: `${wanted.size}`, mlflow: `${extra} more`, canRepair: false });
  }
  return found;
}
