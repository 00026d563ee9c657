import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Series, SeriesBuilder } from '../../../web/charts/series.ts';
import { chartColumns } from '../../../web/run/chart-columns.ts';
import { doubles } from '../charts/doubles.ts';

/** The smoothed values of a series that starts over at some of its buckets. */
function smooth(steps: readonly number[], last: readonly number[], halfLife: number, attempts: readonly number[] = []) {
  const series: Series = { width: 1, steps, last, min: last, max: last, times: [], marks: [], attempts, revision: 0 };
  return chartColumns('step', halfLife).values(series);
}

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 50 });
const stepsOf = (list: readonly unknown[]): number[] => list.map((_, at) => at * 3);

test('a constant stays as it is', () => {
  expect(smooth([0, 1, 5, 100], [0.7, 0.7, 0.7, 0.7], 10).every((value) => Math.abs(value - 0.7) < 1e-12)).toBe(true);
});

test('an average depends on earlier values only', () => {
  fc.assert(
    fc.property(values, values, (before, after) => {
      const whole = [...before, ...after];
      expect(smooth(stepsOf(whole), whole, 7).slice(0, before.length)).toEqual(smooth(stepsOf(before), before, 7));
    }),
  );
});

test('an average of any doubles is between the least and the greatest of them', () => {
  fc.assert(
    fc.property(fc.array(doubles, { minLength: 1, maxLength: 20 }), fc.constantFrom(1, 50), (list, halfLife) => {
      const [low, high] = [Math.min(...list), Math.max(...list)];
      const slack = Math.max(Math.abs(low), Math.abs(high)) * 1e-12;
      for (const value of smooth(stepsOf(list), list, halfLife)) {
        expect(value >= low - slack && value <= high + slack && Number.isFinite(value)).toBe(true);
      }
    }),
  );
});

test('a value has half the weight after its half-life', () => {
  // (0 * 0.5 + 1) / (0.5 + 1)
  expect(smooth([0, 10], [0, 1], 10)[1]).toBeCloseTo(2 / 3, 12);
});

test('without a half-life nothing is smoothed, and at a break it starts over', () => {
  expect(smooth([0, 1], [1, 5], 0)).toEqual([1, 5]);
  expect(smooth([0, 1, 2], [1, 1, 5], 100, [2])[2]).toBe(5);
});

test('columns of a series that grows are those of the whole series, in the same array', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ step: fc.nat(60), value: fc.double({ noNaN: true, noDefaultInfinity: true }) })),
      (points) => {
        const series = new SeriesBuilder(2);
        const growing = [
          chartColumns('step', 5).values,
          chartColumns('clock', 0).times,
          chartColumns('relative', 0).times,
        ];
        for (const { step, value } of points) {
          const { revision } = series;
          const before = growing.map((column) => column(series, 100));
          series.add({ step, value, time: step * 10, attempt: step > 50 ? 1 : 0 });
          const after = growing.map((column) => column(series, 100));
          const whole = [
            chartColumns('step', 5).values,
            chartColumns('clock', 0).times,
            chartColumns('relative', 0).times,
          ];
          expect(after).toEqual(whole.map((column) => column(series, 100)));
          if (revision === series.revision) for (const [at, column] of after.entries()) expect(column).toBe(before[at]);
        }
      },
    ),
  );
});
