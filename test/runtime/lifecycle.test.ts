import { expect, test } from '@jest/globals';
import type { Log } from '../../src/log.ts';
import { Lifecycle } from '../../src/runtime/lifecycle.ts';

/** A log that keeps its errors. */
function recordingLog() {
  const errors: [object, string][] = [];
  const log = { error: (fields: object, message: string) => errors.push([fields, message]) } as unknown as Log;
  return { log, errors };
}

test('parts are stopped in reverse order, one after the other', async () => {
  const lifecycle = new Lifecycle(recordingLog().log);
  const order: string[] = [];
  for (const name of ['database', 'producer', 'gateway']) {
    await lifecycle.start(
      name,
      () => name,
      async (started) => {
        order.push(`${started} stops`);
        await Promise.resolve();
        order.push(`${started} has stopped`);
      },
    );
  }
  await lifecycle.stop(1_000);
  expect(order).toEqual(
    ['gateway', 'producer', 'database'].flatMap((name) => [`${name} stops`, `${name} has stopped`]),
  );
});

test('neighbouring parts of one tier are stopped together', async () => {
  const lifecycle = new Lifecycle(recordingLog().log);
  const both = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const order: string[] = [];
  await lifecycle.start(
    'base',
    () => undefined,
    () => void order.push('base'),
  );
  for (const [index, own] of both.entries()) {
    const other = both[1 - index] as PromiseWithResolvers<void>;
    await lifecycle.start(
      `consumer ${index}`,
      () => undefined,
      async () => {
        own.resolve();
        await other.promise;
        order.push('consumer');
      },
      'consumers',
    );
  }
  await lifecycle.stop(10_000);
  expect(order).toEqual(['consumer', 'consumer', 'base']);
});

test('a tier is stopped together although something else was started between its members', async () => {
  const lifecycle = new Lifecycle(recordingLog().log);
  const order: string[] = [];
  for (const [name, tier] of [
    ['base', 'base'],
    ['first consumer', 'consumers'],
    ['sink', 'sink'],
    ['second consumer', 'consumers'],
  ] as const) {
    await lifecycle.start(
      name,
      () => undefined,
      () => void order.push(name),
      tier,
    );
  }
  await lifecycle.stop(1_000);
  expect(order).toEqual(['first consumer', 'second consumer', 'sink', 'base']);
});

test('a start that completes during a stop is undone, and a later start is refused', async () => {
  const lifecycle = new Lifecycle(recordingLog().log);
  const connected = Promise.withResolvers<void>();
  const stopped: string[] = [];
  const starting = lifecycle.start(
    'producer',
    () => connected.promise,
    () => void stopped.push('producer'),
  );
  const stopping = lifecycle.stop(1_000);
  connected.resolve();
  await expect(starting).rejects.toThrow('the process is stopping');
  await stopping;
  expect(stopped).toEqual(['producer']);
  const late = lifecycle.start(
    'late',
    () => void stopped.push('late'),
    () => undefined,
  );
  await expect(late).rejects.toThrow('the process is stopping');
  expect(stopped).toEqual(['producer']);
});

test('a part that failed to start is not stopped, and those that started are', async () => {
  const lifecycle = new Lifecycle(recordingLog().log);
  const stopped: string[] = [];
  await lifecycle.start(
    'first',
    () => undefined,
    () => void stopped.push('first'),
  );
  const refused = lifecycle.start(
    'second',
    () => Promise.reject(new Error('the port is taken')),
    () => void stopped.push('second'),
  );
  await expect(refused).rejects.toThrow('the port is taken');
  await lifecycle.stop(1_000);
  expect(stopped).toEqual(['first']);
});

test('a part that fails to stop, or hangs, is named in the log, and the others are still stopped', async () => {
  const { log, errors } = recordingLog();
  const lifecycle = new Lifecycle(log);
  let stopped = false;
  await lifecycle.start(
    'first',
    () => undefined,
    () => {
      stopped = true;
    },
  );
  await lifecycle.start(
    'hangs',
    () => undefined,
    () => new Promise<void>(() => {}),
  );
  await lifecycle.start(
    'fails',
    () => undefined,
    () => Promise.reject(new Error('no')),
  );
  const begun = performance.now();
  await lifecycle.stop(50);
  expect(performance.now() - begun).toBeLessThan(30_000);
  expect(stopped).toBe(true);
  expect(errors).toMatchObject([
    [{ part: 'fails' }, 'failed to stop'],
    [{ part: 'hangs' }, expect.stringMatching(/did not stop before the deadline/)],
  ]);
});

test('a second stop waits for the first and stops nothing twice', async () => {
  const lifecycle = new Lifecycle(recordingLog().log);
  let stops = 0;
  await lifecycle.start(
    'part',
    () => undefined,
    () => {
      stops += 1;
    },
  );
  await Promise.all([lifecycle.stop(1_000), lifecycle.stop(1_000)]);
  expect(stops).toBe(1);
});
