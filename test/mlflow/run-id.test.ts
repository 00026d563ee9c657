import { expect, test } from '@jest/globals';
import { isRunId } from '../../src/mlflow/run-id.ts';

test.each([
  ['af770eeb33144716ba8112bb5ac1285d', true],
  ['a', true],
  ['a-b_c', true],
  ['a'.repeat(256), true],
  ['a'.repeat(257), false],
  ['-a', false],
  ['', false],
  ['a/b', false],
  ['a b', false],
  ['a\n', false],
])('%j: %j', (text, expected) => {
  expect(isRunId(text)).toBe(expected);
});
