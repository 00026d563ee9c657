/** One line of the table that `npm run bench` prints last. */
export interface Figure {
  readonly work: string;
  /** The result with its unit: `104,200 events/s, 2.71 x Bento's 38,450`. */
  readonly measured: string;
  /** The target in words. */
  readonly toReach: string;
  readonly met: boolean;
}

const HEADINGS: readonly string[] = ['work', 'measured', 'target', ''];

/** The figures as a table of plain text, one line each. */
export function formatTable(figures: readonly Figure[]): string {
  const rows = figures.map(({ work, measured, toReach, met }) => [work, measured, toReach, met ? 'met' : 'NOT MET']);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [HEADINGS, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}

/** `12,345`, or with decimals `0.012`. */
export const format = (value: number, decimals = 0): string =>
  value.toLocaleString('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
