import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ParameterValue, TrialListItem } from '../../../src/queries/shapes.ts';
import { axisOf, isBrushed } from '../../../web/compare/axis.ts';
import { doubles } from '../charts/doubles.ts';

const trials = (...values: readonly (ParameterValue | undefined)[]): TrialListItem[] =>
  values.map((value) => ({ parameters: value === undefined ? {} : { x: value }, metrics: {} }) as TrialListItem);

describe('an axis of numbers', () => {
  test('places the least near the foot and the greatest near the head, by their logarithm if asked to', () => {
    const linear = axisOf('param.x', trials(0.001, 0.1, 10), false);
    const log = axisOf('param.x', trials(0.001, 0.1, 10), true);
    expect(linear.place(0.1)).toBeLessThan(0.1);
    expect(log.place(0.1)).toBeCloseTo(0.5, 5);
    expect(log.valueAt(log.place(0.1) ?? 0)).toBeCloseTo(0.1, 9);
  });

  test('is linear where a value is 0 or below', () => {
    expect(axisOf('param.x', trials(0, 1), true)).toMatchObject({ isLog: false, mayBeLog: false });
  });

  test('has no place for a value that is missing, NaN or infinite', () => {
    const axis = axisOf('param.x', trials(1, 2), false);
    for (const value of [undefined, null, Number.NaN, Number.POSITIVE_INFINITY, 'text']) {
      expect(axis.place(value)).toBeUndefined();
    }
  });
});

test('words, and numbers beside words, have a place each', () => {
  const axis = axisOf('param.x', trials('sgd', 'adam', true, 3, undefined), false);
  expect(axis.isNumeric).toBe(false);
  expect(axis.ticks.map(({ text }) => text)).toEqual(['3', 'adam', 'sgd', 'true']);
  expect(axis.place('adam')).toBeCloseTo(0.375, 9);
});

test('1 and "1" have a place each, and the text is quoted', () => {
  const axis = axisOf('param.x', trials(1, '1', 1, null), false);
  expect(axis.ticks.map(({ text }) => text)).toEqual(['"1"', '1']);
  expect(axis.place(1)).not.toBe(axis.place('1'));
});

test('an axis of integers has ticks at integers only', () => {
  expect(axisOf('param.x', trials(1, 2, 3), false).ticks.map(({ text }) => text)).toEqual(['1', '2', '3']);
  expect(axisOf('param.x', trials(1, 2.5), false).ticks.length).toBeGreaterThan(2);
});

test('an integer beyond 2^53, which arrives as text, is a number among numbers', () => {
  const axis = axisOf('param.x', trials('12345678901234567890', 1), true);
  expect(axis).toMatchObject({ isNumeric: true, isLog: true });
  expect(axis.place('12345678901234567890')).toBeGreaterThan(0.9);
});

test.each([
  ['none', [undefined, null]],
  ['NaN and infinities only', [Number.NaN, Number.POSITIVE_INFINITY]],
])('an axis of %s is empty', (_, values) => {
  expect(axisOf('param.x', trials(...values), false)).toMatchObject({ isEmpty: true, ticks: [] });
});

test('every finite number has a place on its axis, and ticks are on it', () => {
  fc.assert(
    fc.property(fc.array(doubles, { minLength: 1, maxLength: 5 }), fc.boolean(), (values, wantsLog) => {
      const axis = axisOf('param.x', trials(...values), wantsLog);
      const places = [...values.map(axis.place), ...axis.ticks.map(({ at }) => at)];
      expect(places.every((place) => place !== undefined && place >= 0 && place <= 1)).toBe(true);
      expect(Number.isFinite(axis.valueAt(0)) && Number.isFinite(axis.valueAt(1))).toBe(true);
    }),
    { numRuns: 1_000 },
  );
});

test('a brush keeps the trials of its part, and none without a value', () => {
  const all = trials(0.001, 0.01, 0.1, undefined, Number.NaN);
  const axes = [axisOf('param.x', all, true)];
  const brushes = new Map([['param.x', { low: 0.01, high: 0.05 }]]);
  expect(all.map((trial) => isBrushed(trial, axes, brushes))).toEqual([false, true, false, false, false]);
  expect(all.every((trial) => isBrushed(trial, axes, new Map()))).toBe(true);
});
