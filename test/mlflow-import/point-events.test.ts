import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { faultsOf } from '../../src/events/event-faults.ts';
import { importedTrial } from '../../src/mlflow-import/imported-trial.ts';
import { pointEvents } from '../../src/mlflow-import/point-events.ts';
import { EXPERIMENT, point, STARTED, storedRun } from './runs.ts';

const NOW = STARTED + 1e9;
const TRIAL = importedTrial(EXPERIMENT, storedRun());

test('each point is an event of its own, at its own time', () => {
  const { events, refused } = pointEvents(
    TRIAL,
    'loss',
    [point(1), point(2, Number.NaN), point(3, -Number.MAX_VALUE)],
    NOW,
  );
  expect(refused).toBe(0);
  expect(events).toMatchObject([
    {
      event: 'ml.run.metric',
      step: 1,
      timestamp: STARTED + 1,
      measurements: { loss: 0.5 },
      mlflow_run_id: TRIAL.trialId,
    },
    { step: 2, measurements: { loss: Number.NaN } },
    { step: 3, measurements: { loss: Number.NEGATIVE_INFINITY } },
  ]);
});

test.each([
  ['loss', point(-1), /^step must be an integer from 0/],
  ['loss', { ...point(1), step: 2 ** 53 }, /^step must be/],
  ['loss', { ...point(1), timestampMs: NOW + 86_400_001 }, /^timestamp .* is more than 24 h/],
  ['loss', { ...point(1), timestampMs: 1e15 }, /^timestamp must be in the years/],
  ['__proto__', point(1), /cannot have this name/],
])('refuses a point that no event can hold: %s %j', (name, bad, fault) => {
  const { events, refused, fault: found } = pointEvents(TRIAL, name, [bad], NOW);
  expect([events, refused]).toEqual([[], 1]);
  expect(found).toMatch(fault);
});

/** Made by Python from the JSON of each point. An id that changes would store a history twice. */
test.each([
  [point(9), '87d1e5c2-1668-5095-a28a-773f8d4dcc9d'],
  [point(9, Number.NaN), 'df32bbba-04ca-5bef-9a24-480feee0df72'],
  [point(9, -0), '5ac88822-3a2a-5ab4-9429-56e3e4f35390'],
  [point(9, 1e21), '22066b34-af4c-5d5a-8ba9-6fad12e6e3a6'],
])('the id of the event of %j stays the same in every version', (each, id) => {
  expect(pointEvents(TRIAL, 'val "acc"', [each], NOW).events[0]?.event_id).toBe(id);
});

const pointArbitrary = fc.record({
  value: fc.double(),
  timestampMs: fc.integer({ min: 0, max: NOW }),
  step: fc.nat(),
});

test('the same point has the same id in every import, and another point another one', () => {
  fc.assert(
    fc.property(pointArbitrary, pointArbitrary, fc.constantFrom('loss', 'acc'), (first, second, name) => {
      const idOf = (each: typeof first, metric: string, now: number) =>
        pointEvents(TRIAL, metric, [each], now).events[0]?.event_id;
      expect(idOf(first, name, NOW)).toBe(idOf({ ...first }, name, NOW + 5));
      expect(idOf(first, name, NOW)).not.toBe(idOf(first, `${name}2`, NOW));
      if (JSON.stringify(first) !== JSON.stringify(second) && !Number.isNaN(first.value + second.value)) {
        fc.pre(first.value !== second.value || first.step !== second.step || first.timestampMs !== second.timestampMs);
        expect(idOf(first, name, NOW)).not.toBe(idOf(second, name, NOW));
      }
      for (const event of pointEvents(TRIAL, name, [first, second], NOW).events) expect(faultsOf(event)).toEqual([]);
    }),
  );
});
