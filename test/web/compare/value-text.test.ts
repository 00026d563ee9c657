import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { groupName } from '../../../web/compare/compare-view.ts';
import { valueKey, valueText } from '../../../web/compare/value-text.ts';

test.each([
  [1, '1'],
  ['1', '"1"'],
  [true, 'true'],
  ['true', '"true"'],
  [null, 'none'],
  ['none', '"none"'],
  ['', '""'],
  [' adam', '" adam"'],
  ['adam', 'adam'],
  ['1e5', '"1e5"'],
  ['12345678901234567890', '12345678901234567890'],
  [1e308, '1e308'],
  [`0.${'0'.repeat(309)}1`, '1e-310'],
  [`0.${'0'.repeat(101)}…0123456789abcdef`, '< 1e-100'],
])('the value %j is %p', (value, text) => {
  expect(valueText(value)).toBe(text);
  expect(groupName(['param.x'], [value])).toBe(`x = ${text}`);
});

test('distinct values have distinct texts', () => {
  const value = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => each + 0),
    fc.string(),
    fc.integer().map(String),
    fc.constantFrom('true', 'none', 'null', '""', '"none"', '1e308', 'NaN'),
  );
  fc.assert(
    fc.property(value, value, (a, b) => {
      expect(valueText(a) === valueText(b)).toBe(valueKey(a) === valueKey(b));
    }),
    { numRuns: 2_000 },
  );
});
