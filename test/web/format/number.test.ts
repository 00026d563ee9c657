import { expect, test } from '@jest/globals';
import { formatInteger, formatNumber, formatP, formatPercent } from '../../../web/format/number.ts';

test.each([
  [0, '0'],
  [-0, '0'],
  [0.93124, '0.9312'],
  [0.5, '0.5'],
  [-0.25, '−0.25'],
  [12_400, '12,400'],
  [12.3456, '12.35'],
  [1234.56, '1,235'],
  [0.000123456, '0.0001235'],
  [0.0000123456, '1.235e-5'],
  [1e-7, '1e-7'],
  [-3.5e9, '−3.5e9'],
  [1e300, '1e300'],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '∞'],
  [Number.NEGATIVE_INFINITY, '−∞'],
  [null, ''],
  [undefined, ''],
])('the number %p is shown as %p', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [1234567, '1,234,567'],
  ['1152921504606846976', '1,152,921,504,606,846,976'],
  [-1234, '−1,234'],
  [999, '999'],
])('the integer %p is shown as %p', (value, text) => {
  expect(formatInteger(value)).toBe(text);
});

test('shares and p-values', () => {
  expect(formatPercent(0.1234)).toBe('12.3 %');
  expect(formatP(0.0004)).toBe('< 0.001');
  expect(formatP(0.0909)).toBe('0.091');
});
