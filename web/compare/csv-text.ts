import type { MetricComparison } from '../../src/queries/shapes.ts';

const FIGURES = ['trials', 'n', 'mean', 'sd', 'min', 'q1', 'median', 'q3', 'max'] as const;

/** A text that a spreadsheet would take for a formula gets an apostrophe in front, as in the exports of the API. */
function csvCell(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  const safe = typeof value === 'string' && /^(?:[\t\r]| *[=+\-@＝＋－＠])/.test(text) ? `'${text}` : text;
  return /[",;\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

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
  return `${[head, ...rows].map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`;
}
