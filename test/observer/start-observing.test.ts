import { expect, jest, test } from '@jest/globals';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { startObserving } from '../../src/observer/start-observing.ts';
import { eventually } from '../support/eventually.ts';

const telemetry = () => ({ log: createLog('silent'), metrics: createMetrics() });

test('a look that fails or waits holds up no other, and is repeated', async () => {
  const parts = telemetry();
  let failed = 0;
  let looked = 0;
  const beforeS = Date.now() / 1_000;
  const observing = startObserving(
    [
      {
        task: 'groups',
        everyMs: 1,
        clear: () => undefined,
        look: async () => {
          failed += 1;
          throw new Error('away');
        },
      },
      {
        task: 'dead_letters',
        everyMs: 1,
        clear: () => undefined,
        look: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
      },
      {
        task: 'database',
        everyMs: 1,
        clear: () => undefined,
        look: async () => {
          looked += 1;
        },
      },
    ],
    parts,
  );
  const startedS = Date.now() / 1_000;
  await eventually(() => failed > 3 && looked > 3);
  await observing.stop();
  const { values } = await parts.metrics.observerSuccess.get();
  const successOf = (task: string) => values.find(({ labels }) => labels.task === task)?.value ?? Number.NaN;
  expect(successOf('database')).toBeGreaterThan(startedS);
  // A task without a success has the time of the start, so that its age is known.
  expect(successOf('groups')).toBeGreaterThanOrEqual(beforeS);
  expect(successOf('groups')).toBeLessThanOrEqual(startedS);
});

test('values are removed once they could not be read for a minute', async () => {
  let nowMs = 1_000_000;
  const now = jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
  const clear = jest.fn();
  let looks = 0;
  const observing = startObserving(
    [
      {
        task: 'groups',
        everyMs: 1,
        clear,
        async look() {
          looks += 1;
          throw new Error('away');
        },
      },
    ],
    telemetry(),
  );
  try {
    await new Promise((resolve) => setImmediate(resolve));
    expect(clear).not.toHaveBeenCalled();
    nowMs += 61_000;
    const before = looks;
    while (looks < before + 2) await new Promise((resolve) => setImmediate(resolve));
    expect(clear).toHaveBeenCalled();
  } finally {
    now.mockRestore();
    await observing.stop();
  }
});
