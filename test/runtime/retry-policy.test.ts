import { expect, test } from '@jest/globals';
import type { Log } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { ConsumerStatus } from '../../src/runtime/consumer-status.ts';
import { FatalError } from '../../src/runtime/fatal.ts';
import { createRetryPolicy } from '../../src/runtime/retry-policy.ts';

function policy() {
  const lines: unknown[] = [];
  const log = { warn: (...line: unknown[]) => lines.push(line) } as unknown as Log;
  const metrics = createMetrics();
  const status = new ConsumerStatus();
  status.assign({ t: [0] });
  return { lines, metrics, status, policy: createRetryPolicy('router', { log, metrics, status }) };
}

test('a failed attempt is logged, counted and reported by readiness', async () => {
  const { lines, metrics, status, policy: retry } = policy();
  const error = new Error('the database is unavailable');
  const pauseMs = retry.failed({ key: 't/0', attempts: 3, error, fields: { offset: '7' } });
  // 100 ms doubled twice, with jitter.
  expect(pauseMs).toBeGreaterThanOrEqual(200);
  expect(pauseMs).toBeLessThanOrEqual(400);
  expect(lines).toEqual([
    [
      { stage: 'router', offset: '7', attempts: 3, pauseMs, cause: 'the database is unavailable' },
      'retrying after a transient failure',
    ],
  ]);
  expect((await metrics.stageRetries.get()).values).toMatchObject([{ labels: { stage: 'router' }, value: 1 }]);
  expect(status.notReady()).toBe('t/0 waits: the database is unavailable');
});

test('a bug is not retried', () => {
  const { lines, status, policy: retry } = policy();
  const error = new TypeError('x is undefined');
  expect(() => retry.failed({ key: 't/0', attempts: 1, error, fields: {} })).toThrow(FatalError);
  expect(() => retry.assertTransient(error)).toThrow(FatalError);
  expect(() => retry.assertTransient(new Error('the database is unavailable'))).not.toThrow();
  expect({ lines, problem: status.notReady() }).toEqual({ lines: [], problem: undefined });
});
