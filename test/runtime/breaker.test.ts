import { describe, expect, test } from '@jest/globals';
import { Breaker, BreakerOpen } from '../../src/runtime/breaker.ts';

const policy = { runLength: 5, ratio: 0.5, windowRecords: 100 };
const good = (n: number) => Array.from({ length: n }, () => false);
const bad = (n: number) => Array.from({ length: n }, () => true);

describe('run length', () => {
  test.each([
    ['a single poison record', [[...good(3), true, ...good(3)]], false],
    ['one less than the limit', [bad(4)], false],
    ['the limit in one chunk', [bad(5)], true],
    ['the limit across chunks', [bad(3), bad(2)], true],
    ['a good record between', [bad(4), good(1), bad(4)], false],
    ['good chunks after a long run', [bad(4), good(50)], false],
  ])('%s', (_, chunks, opens) => {
    const breaker = new Breaker({ ...policy, ratio: 1 });
    const run = () => {
      for (const chunk of chunks) breaker.judge(chunk);
    };
    if (opens) expect(run).toThrow(BreakerOpen);
    else expect(run).not.toThrow();
  });
});

describe('ratio', () => {
  const alternating = (n: number) => Array.from({ length: n }, (_, i) => i % 4 !== 0);

  test('opens when more than the share of recent records is rejected', () => {
    expect(() => new Breaker(policy).judge(alternating(40))).toThrow(/30 of the last 40/);
  });

  test('does not apply to too few records', () => {
    expect(() => new Breaker(policy).judge([true, true, false])).not.toThrow();
  });

  test('ignores records older than its window', () => {
    const breaker = new Breaker(policy);
    breaker.judge(good(100));
    breaker.judge(good(100));
    expect(() => breaker.judge([...alternating(160)])).toThrow(BreakerOpen);
  });
});

test('the breaker does not count a chunk that opened it, so the same chunk passes once it is good', () => {
  const breaker = new Breaker(policy);
  breaker.judge(bad(4));
  expect(() => breaker.judge(bad(1))).toThrow(BreakerOpen);
  expect(() => breaker.judge(bad(1))).toThrow(/5 consecutive records/);
  expect(() => breaker.judge(good(1))).not.toThrow();
});
