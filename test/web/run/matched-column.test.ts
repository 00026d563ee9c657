import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Series, SeriesBuilder } from '../../../web/charts/series.ts';
import { MatchedColumn } from '../../../web/run/matched-column.ts';

const add = (series: SeriesBuilder, step: number, value = step, attempt = 0): void =>
  series.add({ step, value, time: 0, attempt });

const matched = (series: Series, other: Series): number[] =>
  series.steps.map((step) => other.last[other.steps.findLastIndex((each) => each <= step)] ?? Number.NaN);

test('each step has the last value of the other metric at it or before it', () => {
  const [loss, lr] = [new SeriesBuilder(), new SeriesBuilder()];
  for (const step of [1, 3, 5]) add(loss, step);
  for (const step of [2, 3]) add(lr, step, step * 10);
  expect(new MatchedColumn().of(loss, lr)).toEqual([Number.NaN, 30, 30]);
  expect(new MatchedColumn().of(loss, undefined)).toEqual([Number.NaN, Number.NaN, Number.NaN]);
});

test('series that grow together keep their array, so that what was drawn stays', () => {
  const [loss, lr, column] = [new SeriesBuilder(), new SeriesBuilder(), new MatchedColumn()];
  const grow = (step: number): readonly number[] => {
    add(loss, step);
    add(lr, step, step * 10);
    return column.of(loss, lr);
  };
  const first = grow(0);
  for (let step = 1; step < 20; step += 1) expect(grow(step)).toBe(first);
  expect(column.of(loss, lr)).toBe(first);
  expect(first.at(-1)).toBe(190);
});

test('the values are those of both series whatever arrives, and a value that was drawn changes only in a new array', () => {
  const arrival = fc.record({ toOther: fc.boolean(), step: fc.nat(30), value: fc.nat(9), attempt: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(arrival, { maxLength: 40 }), fc.constantFrom(1, 5), (arrivals, width) => {
      const [series, other, column] = [new SeriesBuilder(), new SeriesBuilder(width), new MatchedColumn()];
      let drawn:
        | { readonly array: readonly number[]; readonly values: readonly number[]; revision: number }
        | undefined;
      for (const { toOther, step, value, attempt } of arrivals) {
        add(toOther ? other : series, step, value, attempt);
        const array = column.of(series, other);
        expect(array).toEqual(matched(series, other));
        if (drawn?.array === array && drawn.revision === series.revision) {
          expect(array.slice(0, Math.max(0, drawn.values.length - 1))).toEqual(drawn.values.slice(0, -1));
        }
        drawn = { array, values: [...array], revision: series.revision };
      }
    }),
    { numRuns: 1_000 },
  );
});
