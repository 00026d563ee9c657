import type { ParameterValue } from '../../src/queries/shapes.ts';
import { formatExact, formatValue } from '../format/number.ts';

/**
 * The text of a parameter's value. A text that would read as another value is quoted: 1 and "1" are distinct, and so are true and
 * "true", a missing value and "none".
 */
export function valueText(value: ParameterValue | undefined): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value !== 'string') return formatExact(value);
  const text = formatValue(value);
  // A number that the API sends as text is shown as a number.
  return text === value && isAmbiguous(value) ? JSON.stringify(value) : text;
}

const isAmbiguous = (text: string): boolean =>
  text.trim() !== text ||
  /^(|none|true|false|null|NaN|-?Infinity|".*)$/s.test(text) ||
  (Number.isFinite(Number(text)) && !isExactInteger(text));

/** An integer that the API sends as text, because a number would lose its digits. */
export const isExactInteger = (text: string): boolean =>
  /^-?[1-9]\d{15,}$/.test(text) && Number.isFinite(Number(text)) && !Number.isSafeInteger(Number(text));

/** Identifies a value: distinct JSON values have distinct keys. */
export const valueKey = (value: ParameterValue): string => JSON.stringify(value);
