import { expect, test } from '@jest/globals';
import { type CallResult, countCall, countCalls } from '../src/dependency-calls.ts';
import { createMetrics } from '../src/metrics.ts';

test.each<[CallResult, () => Promise<string>]>([
  ['ok', async () => 'answer'],
  ['refused', () => Promise.reject(new Error('not found'))],
  ['failed', () => Promise.reject(new Error('connect ECONNREFUSED'))],
])('a call that ends %s is counted so, once, and passed on', async (result, call) => {
  const metrics = createMetrics();
  const resultOf = (error: unknown) => ((error as Error).message === 'not found' ? 'refused' : 'failed');
  const settled = await countCall(countCalls(metrics, 's3'), call, resultOf).catch((error: Error) => error.message);
  expect(settled).toBe(await call().catch((error: Error) => error.message));
  const { values } = await metrics.dependencyCalls.get();
  expect(values.filter(({ value }) => value > 0)).toMatchObject([{ value: 1, labels: { dependency: 's3', result } }]);
  const seconds = await metrics.dependencySeconds.get();
  const counted = seconds.values.filter(({ metricName, value }) => metricName?.endsWith('_count') && value > 0);
  expect(counted).toMatchObject([{ value: 1, labels: { dependency: 's3' } }]);
});
