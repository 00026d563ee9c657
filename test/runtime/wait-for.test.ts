import { expect, test } from '@jest/globals';
import { IncompatibleSchema } from '../../src/avro/registry.ts';
import { UsageError } from '../../src/errors.ts';
import type { Log } from '../../src/log.ts';
import { waitFor } from '../../src/runtime/wait-for.ts';

/** Waits for something that fails with each of the errors in turn, and is there after them. */
function waiting(...errors: readonly Error[]) {
  const left = [...errors];
  const reports: (string | undefined)[] = [];
  const aborting = new AbortController();
  const attempt = async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'there';
  };
  const logged: string[] = [];
  const line = (_: object, message: string) => void logged.push(message);
  const found = waitFor('Kafka', attempt, {
    log: { warn: line, info: line } as unknown as Log,
    signal: aborting.signal,
    report: (problem) => void reports.push(problem),
  });
  return { found, reports, left, aborting, logged };
}

test('a dependency that is not available yet is waited for, and named in reports and log lines until it is', async () => {
  const { found, reports, logged } = waiting(new Error('connection refused'));
  expect(await found).toBe('there');
  expect(reports).toEqual(['waits for Kafka: connection refused', undefined]);
  expect(logged).toEqual(['Kafka is not available yet', 'Kafka is available']);
});

test.each([
  ['a setting that only an operator can change', new UsageError('the bucket does not exist')],
  ['a schema that breaks its readers', new IncompatibleSchema('refused')],
  ['a bug', new TypeError('x is undefined')],
])('%s is not waited for', async (_, error) => {
  const { found, left } = waiting(error, new Error('not reached'));
  await expect(found).rejects.toBe(error);
  expect(left).toHaveLength(1);
});

test('a stop ends the wait', async () => {
  const { found, aborting } = waiting(...Array.from({ length: 100 }, () => new Error('away')));
  aborting.abort();
  await expect(found).rejects.toMatchObject({ name: 'AbortError' });
});
