import { expect, test } from '@jest/globals';
import {
  formatExact,
  formatInteger,
  formatNumber,
  formatP,
  formatPercent,
  formatValue,
} from '../../../web/format/number.ts';
import { tickTexts } from '../../../web/format/tick-texts.ts';

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
  [2.4812, '2'],
  [1234.5678, '1,235'],
  [1e308, '1e308'],
  [`1${'0'.repeat(308)}`, '1e308'],
  ['9'.repeat(21), '999,999,999,999,999,999,999'],
  ['', ''],
  [Number.NaN, 'NaN'],
])('the integer %p is shown as %p', (value, text) => {
  expect(formatInteger(value)).toBe(text);
});

test('shares and p-values', () => {
  expect(formatPercent(0.1234)).toBe('12.3 %');
  expect(formatP(0.0004)).toBe('< 0.001');
  expect(formatP(0.0909)).toBe('0.091');
});

test.each([
  [0.123456789, '0.1235', '0.123456789'],
  [1e308, '1e308', '1e308'],
  [`1${'0'.repeat(308)}`, '1e308', '1e308'],
  ['12345678901234567890', '12345678901234567890', '12345678901234567890'],
  [5e-324, '4.941e-324', '5e-324'],
  ['adam', 'adam', 'adam'],
  [true, 'true', 'true'],
  [null, '', ''],
  [[1, 2], '[1,2]', '[1,2]'],
  [-1e20, '−1e20', '−100000000000000000000'],
  [`0.${'0'.repeat(309)}1`, '1e-310', `0.${'0'.repeat(309)}1`],
  [`0.${'0'.repeat(101)}…0123456789abcdef`, '< 1e-100', `0.${'0'.repeat(101)}…0123456789abcdef`],
])('the parameter %p is %p in a table and %p with all digits', (value, short, exact) => {
  expect(formatValue(value)).toBe(short);
  expect(formatExact(value)).toBe(exact);
});

test.each([
  [
    [0, 0.2, 0.4],
    ['0', '0.2', '0.4'],
  ],
  [
    [0.93001, 0.93002],
    ['0.93001', '0.93002'],
  ],
  [
    [999_999.5, 1_000_000, 1_000_000.5],
    ['999,999.5', '1,000,000', '1,000,000.5'],
  ],
  [
    [-1e308, 0, 1e308],
    ['−1e308', '0', '1e308'],
  ],
  [
    [5e-324, 1e-323],
    ['5e-324', '1e-323'],
  ],
  [[1_234_567.25], ['1.23e6']],
])('the ticks %j have the texts %j', (ticks, texts) => {
  expect(tickTexts(ticks)).toEqual(texts);
});
