import { expect, test } from '@jest/globals';
import type { LivePoint } from '../../../src/live/frames.ts';
import { nonFiniteSince, type PointRecord, RecentValues } from '../../../web/data/recent-values.ts';

/** When points arrive, by the clock of the browser. */
const NOW = 1_000_000;

const point = (step: number, values: LivePoint[4]): LivePoint => [step, step, `e${step}`, 0, values];

function recent(...points: LivePoint[]) {
  const values = new RecentValues();
  values.add('k', points, NOW);
  return values.of('k');
}

test('values are in the order of steps, and the last 60 are kept', () => {
  expect(recent(point(2, { loss: 3 }), point(1, { loss: 2 }), point(2, { loss: 3 }))?.values).toEqual([2, 3]);
  expect(recent(...Array.from({ length: 70 }, (_, step) => point(step, { loss: step })))?.values).toHaveLength(60);
});

test('the accuracy is shown before the loss, and the loss before any other metric', () => {
  expect(recent(point(0, { lr: 1, loss: 2 }))?.name).toBe('loss');
  expect(recent(point(0, { loss: 2 }), point(0, { val_accuracy: 0.5 }), point(1, { loss: 1 }))).toMatchObject({
    name: 'val_accuracy',
    values: [0.5],
  });
  expect(recent(point(0, { lr: 1 }))?.name).toBe('lr');
});

test.each([
  [[1, 2, 3], undefined],
  [[1, Number.NaN, 3], undefined],
  [[1, Number.NaN, Number.POSITIVE_INFINITY], 1],
  [[Number.NaN], 0],
  [[], undefined],
])('the values %p have left the numbers since step %p', (values, step) => {
  expect(nonFiniteSince({ values, steps: values.map((_, at) => at) })).toBe(step);
});

test('a trial is as new as the last arrival of a point of any of its metrics, whatever the clock of its worker', () => {
  const values = new RecentValues();
  values.add('k', [point(0, { loss: 1 })], NOW);
  values.add('k', [point(7, { lr: 1 })], NOW + 5);
  values.add('k', [point(3, { loss: 1 })], NOW + 2);
  expect(values.of('k')?.arrivedAt).toBe(NOW + 5);
});

const ofAttempt = (attempt: number, step: number, loss: LivePoint[4][string]): PointRecord => [
  step,
  1_000 * attempt + step,
  `${attempt} ${step}`,
  attempt,
  { loss },
];

test('a later attempt starts over, and late points of an earlier one change nothing', () => {
  const dead = Array.from({ length: 100 }, (_, step) => ofAttempt(1, step, step > 90 ? 'NaN' : 1));
  const restarted = Array.from({ length: 30 }, (_, step) => ofAttempt(2, step, 0.5));
  const values = new RecentValues();
  values.add('k', [...dead, ...restarted], NOW);
  values.add('k', dead.slice(95), NOW);
  const held = values.of('k', 2);
  expect(held?.values).toEqual(Array.from({ length: 30 }, () => 0.5));
  expect(held?.arrivedAt).toBe(NOW);
  expect(held && nonFiniteSince(held)).toBeUndefined();
});

test('a trial that has started again shows nothing of the attempt before', () => {
  const values = new RecentValues();
  values.add('k', [ofAttempt(1, 5, 'NaN')], NOW);
  expect(values.of('k', 1)?.values).toEqual([Number.NaN]);
  expect(values.of('k', 2)).toBeUndefined();
});

test('points without a number belong to whichever attempt runs', () => {
  const values = new RecentValues();
  values.add('k', [ofAttempt(0, 5, 1)], NOW);
  expect(values.of('k', 3)?.values).toEqual([1]);
});
