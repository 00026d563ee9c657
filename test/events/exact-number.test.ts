import { expect, test } from '@jest/globals';
import { parseExactly } from '../../src/events/exact-number.ts';

test.each([
  ['zero', '0'],
  ['the greatest that is safe', '9007199254740991'],
  ['one that no double holds', '9007199254740993'],
  ['one that a double holds and writes so', '100000000000000000000'],
  ['2 ** 64, which a double holds and writes as 18446744073709552000', '18446744073709551616'],
  ['2 ** 128, which a double holds and writes with an exponent', '340282366920938463463374607431768211456'],
  ['a negative one', '-340282366920938463463374607431768211457'],
  ['inside other values', '{"seed":[18446744073709551616,1.5,"18446744073709551616"]}'],
])('parseExactly keeps the digits of an integer: %s', (_, text) => {
  expect(JSON.stringify(parseExactly(text))).toBe(text);
});

test.each([
  ['1e-400', Infinity],
  ['-1e-400', Infinity],
  ['0.00001e-330', Infinity],
  [`0.${'0'.repeat(330)}1`, Infinity],
  ['2e-324', Infinity],
  ['1e999', Infinity],
  ['3e-324', 5e-324],
  ['0', 0],
  ['-0', -0],
  ['0e5', 0],
  ['0.0e-400', 0],
  ['-0.000', -0],
])('parseExactly reads %s as %d: a number that no double is near is Infinity, never 0', (text, value) => {
  const read = parseExactly(`[${text}]`) as [number];
  expect(read[0] === -Infinity ? Infinity : read[0]).toBe(value);
});
