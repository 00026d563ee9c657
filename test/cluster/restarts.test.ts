import { expect, test } from '@jest/globals';
import { Restarts } from '../../src/cluster/restarts.ts';

const policy = { maxRestarts: 3, withinMs: 1_000 };

test('the first worker is replaced at once, and the next ones after growing pauses', () => {
  const restarts = new Restarts(policy);
  expect([0, 1, 2].map((at) => restarts.pauseMs(at))).toEqual([0, 100, 200]);
});

test('workers are replaced until they end too often', () => {
  const restarts = new Restarts(policy);
  for (const at of [0, 10, 20]) expect(restarts.pauseMs(at)).toBeDefined();
  expect(restarts.pauseMs(30)).toBeUndefined();
  const slow = new Restarts(policy);
  for (let at = 0; at < 20_000; at += 400) expect(slow.pauseMs(at)).toBeDefined();
});
