import { csvLine } from '../../src/queries/csv.ts';
import type { MetricComparison } from '../../src/queries/shapes.ts';

const FIGURES = ['trials', 'n', 'mean', 'sd', 'min', 'q1', 'median', 'q3', 'max'] as const;

/** The figures of groups as CSV, a row for each. */
export function csvText({ groups }: MetricComparison, groupBy: readonly string[]): string {
  const head = [...groupBy, ...FIGURES, 'ci95_low', 'ci95_high', 'no_value', 'nan', 'infinite'];
  const rows = groups.map((group) => [
    ...group.group,
    ...FIGURES.map((figure) => group[figure]),
    group.ci95?.[0],
    group.ci95?.[1],
    group.left_out.no_value,
    group.left_out.nan,
    group.left_out.infinite,
  ]);
  return [head, ...rows].map((row) => csvLine(row.map((cell) => cell ?? null))).join('');
}
