const PLAIN_BELOW = 1e6;
const PLAIN_FROM = 1e-4;
/** Significant digits of a number in a table or chart. */
const DIGITS = 4;
/** The digits of a greater integer are no longer readable one by one: those of a 64-bit step and of a great seed are. */
const MOST_DIGITS = 21;

/** A number of a table or a chart with four significant digits: `0.9312`, `12,400`, `1.2e-7`, `NaN`, `−∞`. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size >= PLAIN_BELOW || size < PLAIN_FROM)) return exponential(value, DIGITS);
  if (Number.isInteger(value)) return formatInteger(value);
  const digits = Math.max(0, DIGITS - 1 - Math.floor(Math.log10(size)));
  if (digits === 0) return formatInteger(value.toFixed(0));
  return trimZeros(value.toFixed(Math.min(digits, 8)));
}

/** `12,400`. Steps beyond 2^53 arrive as text and are returned with the same separators; one that no integer has that long is `1e308`. */
export function formatInteger(value: number | string): string {
  const text = String(typeof value === 'number' && Number.isFinite(value) ? Math.round(value) + 0 : value);
  if (!/^-?\d+$/.test(text) || text.length > MOST_DIGITS) return text === '' ? '' : formatNumber(Number(text));
  return groupDigits(text);
}

/** A value of a parameter in a table: a number with four digits, anything else as its text. */
export function formatValue(value: unknown): string {
  if (typeof value === 'number') return formatNumber(value);
  if (isGreatInteger(value)) return formatNumber(Number(value));
  if (typeof value === 'string' && TINY.test(value)) {
    return value.includes('…') ? '< 1e-100' : formatNumber(Number(value));
  }
  return formatExact(value);
}

/** The API sends numbers below 1e-307 as text, and shortens it. */
const TINY = /^-?0\.0{100,}/;

/** A value with all of its digits: `0.30000000000000004`, `1e308`. An integer of more than 21 digits is a number too. */
export function formatExact(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number' || isGreatInteger(value)) {
    const number = Number(value);
    const size = Math.abs(number);
    const isPlain = !Number.isFinite(number) || number === 0 || (size < 10 ** MOST_DIGITS && size >= PLAIN_FROM);
    return isPlain ? String(number).replace('-', '−') : sign(number.toExponential());
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Whether a text is an integer that the API sends as text, with more digits than anyone reads. */
const isGreatInteger = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length > MOST_DIGITS &&
  /^-?[1-9]\d*$/.test(value) &&
  Number.isFinite(Number(value));

/** `12.5 %`, of a share between 0 and 1. */
export const formatPercent = (share: number): string => `${formatNumber(Math.round(share * 1000) / 10)} %`;

/** A p-value: `0.009`, or `< 0.001`. */
export const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

/** With as many significant digits, `1.2e-7` or `1,234.5`. */
export function formatDigits(value: number, digits: number): string {
  const size = Math.abs(value);
  // More digits than an exponent saves are plain up to the greatest integers.
  const below = digits > DIGITS ? 1e15 : PLAIN_BELOW;
  if (value !== 0 && (size >= below || size < PLAIN_FROM)) return exponential(value, digits);
  return groupDigits(String(Number(value.toPrecision(digits))));
}

const exponential = (value: number, digits: number): string =>
  sign(value.toExponential(digits - 1).replace(/\.?0+e/, 'e'));
const sign = (text: string): string => text.replace('e+', 'e').replace(/^-/, '−');

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text).replace(/^-/, '−');

/** Separators between the thousands, none among the decimals. */
function groupDigits(text: string): string {
  const [whole = '', decimals] = text.replace(/^-/, '−').split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return decimals === undefined ? grouped : `${grouped}.${decimals}`;
}
