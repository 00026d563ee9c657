export type Cell = string | number | boolean | null;

/** Starts of cells that a spreadsheet would run as a formula, of full width and after spaces too. */
const FORMULA = /^(?:[\t\r]| *[=+\-@＝＋－＠])/;

/** One line of CSV (RFC 4180). A text that a spreadsheet would take for a formula gets an apostrophe in front. */
export const csvLine = (cells: readonly Cell[]): string => `${cells.map(csvCell).join(',')}\r\n`;

function csvCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = FORMULA.test(cell) ? `'${cell}` : cell;
  // Where a comma separates decimals, spreadsheets separate cells by semicolons.
  return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
