const PLAIN_BELOW = 1e6;
const PLAIN_FROM = 1e-4;

/** A number of a table or a chart with four significant digits: `0.9312`, `12,400`, `1.2e-7`, `NaN`, `−∞`. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size !== 0 && (size >= PLAIN_BELOW || size < PLAIN_FROM)) {
    return value
      .toExponential(3)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e')
      .replace(/^-/, '−');
  }
  if (Number.isInteger(value)) return formatInteger(value);
  const digits = Math.max(0, 3 - Math.floor(Math.log10(size)));
  if (digits === 0) return formatInteger(value.toFixed(0));
  return trimZeros(value.toFixed(Math.min(digits, 8)));
}

/** `12,400`. Steps beyond 2^53 arrive as text and are returned with the same separators. */
export const formatInteger = (value: number | string): string =>
  String(value)
    .replace(/^-/, '−')
    .replace(/\B(?=(\d{3})+(?!\d))/g, ',');

/** `12.5 %`, of a share between 0 and 1. */
export const formatPercent = (share: number): string => `${formatNumber(Math.round(share * 1000) / 10)} %`;

/** A p-value: `0.009`, or `< 0.001`. */
export const formatP = (p: number): string => (p < 0.001 ? '< 0.001' : p.toFixed(3));

const trimZeros = (text: string): string => (text.includes('.') ? text.replace(/\.?0+$/, '') : text).replace(/^-/, '−');
