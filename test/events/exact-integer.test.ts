import { expect, test } from '@jest/globals';
import { parseExactly } from '../../src/events/exact-integer.ts';

test.each([
  ['zero', '0'],
  ['the greatest that is safe', '9007199254740991'],
  ['one that no double holds', '9007199254740993'],
  ['one that a double holds and writes so', '100000000000000000000'],
  ['2 ** 64, which a double holds and writes as 18446744073709552000', '18446744073709551616'],
  ['2 ** 128, which a double holds and writes with an exponent', '340282366920938463463374607431768211456'],
  ['a negative one', '-340282366920938463463374607431768211457'],
  ['inside other values', '{"seed":[18446744073709551616,1.5,"18446744073709551616"]}'],
])('an integer keeps its digits: %s', (_, text) => {
  expect(JSON.stringify(parseExactly(text))).toBe(text);
});
