import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { paramValue } from '../../src/mlflow-import/param-value.ts';

test.each([
  ['0.1', 0.1],
  ['3', 3],
  ['-3', -3],
  ['0', 0],
  ['1.0', 1],
  ['1e-05', 1e-5],
  ['1e-5', 1e-5],
  ['0.00001', 1e-5],
  ['1e+16', 1e16],
  ['1.7976931348623157e+308', Number.MAX_VALUE],
  ['5e-324', 5e-324],
  ['True', true],
  ['False', false],
])('%j becomes %j', (text, value) => {
  expect(paramValue(text)).toBe(value);
});

test.each([
  '',
  'adam',
  'true',
  'None',
  'nan',
  'inf',
  'Infinity',
  '1.10',
  '007',
  '+1',
  '1.',
  '.5',
  ' 1',
  '0x10',
  '1_000',
  '-0',
  '-0.0',
  '9007199254740993',
  '12345678901234567890',
  '0.1000000000000000055',
  '1e400',
  '1e-400',
])('%j stays a text', (text) => {
  expect(paramValue(text)).toBe(text);
});

test('any number that Python or JavaScript writes becomes that number', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Object.is(value, -0)),
      (value) => {
        const text = String(value);
        fc.pre(!Number.isInteger(value) || Number.isSafeInteger(value) || text.includes('e'));
        expect(paramValue(text)).toBe(value);
      },
    ),
  );
});

test('a text that becomes a number denotes exactly that number', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^-?[0-9]{1,20}(\.[0-9]{1,20})?(e[+-]?[0-9]{1,3})?$/), (text) => {
      const value = paramValue(text);
      if (typeof value === 'number') expect(Number(text)).toBe(value);
      else expect(value).toBe(text);
    }),
  );
});
