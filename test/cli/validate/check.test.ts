import { expect, test } from '@jest/globals';
import { type Check, type CheckContext, pass, runCheck } from '../../../src/cli/validate/check.ts';

const CONTEXT = {} as CheckContext;

const check = (run: Check['run'], timeoutMs = 50_000): Check => ({ title: 'Kafka', remedy: 'set it', timeoutMs, run });

test('a check has its finding', async () => {
  const result = await runCheck(
    check(async () => pass('well')),
    CONTEXT,
  );
  expect(result).toEqual({ title: 'Kafka', finding: pass('well'), durationMs: expect.any(Number) });
});

test('a check that throws has failed', async () => {
  const { finding } = await runCheck(
    check(() => Promise.reject(new Error('no route'))),
    CONTEXT,
  );
  expect(finding).toEqual({ status: 'fail', detail: 'no route', remedy: 'set it' });
});

test('a check that does not end has failed', async () => {
  const { finding } = await runCheck(
    check(() => new Promise(() => {}), 20),
    CONTEXT,
  );
  expect(finding).toEqual({ status: 'fail', detail: 'no answer within 0.02 s', remedy: 'set it' });
});
