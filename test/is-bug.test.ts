import { expect, test } from '@jest/globals';
import { isBug } from '../src/is-bug.ts';
import { BreakerOpen } from '../src/runtime/breaker.ts';

test.each<[string, unknown, boolean]>([
  ['a TypeError', new TypeError(), true],
  ['a ReferenceError', new ReferenceError(), true],
  ['a RangeError', new RangeError(), true],
  ['a SyntaxError', new SyntaxError(), true],
  ['an Error', new Error('connection refused'), false],
  ['an open breaker', new BreakerOpen(), false],
  ['a text', 'TypeError', false],
  ['nothing', undefined, false],
])('%s is a bug: %s', (_, error, is) => {
  expect(isBug(error)).toBe(is);
});
