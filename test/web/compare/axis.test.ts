import { describe, expect, test } from '@jest/globals';
import type { ParameterValue, TrialListItem } from '../../../src/queries/shapes.ts';
import { axisOf, isBrushed } from '../../../web/compare/axis.ts';

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

test('a brush keeps the trials of its part, and none without a value', () => {
  const all = trials(0.001, 0.01, 0.1, undefined, Number.NaN);
  const axes = [axisOf('param.x', all, true)];
  const brushes = new Map([['param.x', { low: 0.01, high: 0.05 }]]);
  expect(all.map((trial) => isBrushed(trial, axes, brushes))).toEqual([false, true, false, false, false]);
  expect(all.every((trial) => isBrushed(trial, axes, new Map()))).toBe(true);
});
