import { expect, test } from '@jest/globals';
import { MlflowUnavailable } from '../../src/mlflow/mlflow-unavailable.ts';
import { MlflowRefused } from '../../src/mlflow-import/accepted.ts';
import { createPatience } from '../../src/mlflow-import/patience.ts';
import { KafkaUnavailable } from '../../src/record.ts';

const BACKOFF = { firstMs: 1, greatestMs: 2 };

/** Fails with each of the errors, then succeeds. */
function failing(...errors: readonly Error[]) {
  const left = [...errors];
  return () => {
    const error = left.shift();
    return error === undefined ? Promise.resolve('done') : Promise.reject(error);
  };
}

const patienceWith = (signal = new AbortController().signal) => createPatience(signal, BACKOFF);

test('repeats work while a dependency is unavailable, and reports the cause meanwhile', async () => {
  const patience = patienceWith();
  const causes: (string | undefined)[] = [];
  const attempt = failing(new MlflowUnavailable('unreachable', 'mlflow'), new KafkaUnavailable('kafka'));
  const result = await patience.until(() => {
    causes.push(patience.cause);
    return attempt();
  });
  expect(result).toBe('done');
  expect(causes).toEqual([undefined, 'mlflow', 'kafka']);
  expect(patience.cause).toBeUndefined();
});

test.each([
  new MlflowUnavailable('configuration', 'wrong password'),
  new MlflowRefused('gone'),
  new TypeError('a bug'),
])('gives up at once after %s', async (error) => {
  const attempt = failing(error);
  await expect(patienceWith().until(attempt)).rejects.toBe(error);
});

test('a request that crashes the server each time is refused', async () => {
  const crash = () => Promise.reject(new MlflowUnavailable('crash', '500'));
  await expect(patienceWith().until(crash)).rejects.toThrow(MlflowRefused);
});

test('ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const waiting = patienceWith(stop.signal).until(() => {
    stop.abort(new Error('stopped'));
    return Promise.reject(new MlflowUnavailable('busy', '503'));
  });
  await expect(waiting).rejects.toThrow('stopped');
});
