import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MAX_BUCKETS, type Point, SeriesBuilder, widthFor } from '../../../web/charts/series.ts';

const at = (step: number, value: number, attempt = 0): Point => ({ step, value, time: step * 10, attempt });

function build(points: readonly Point[], width = 1): SeriesBuilder {
  const series = new SeriesBuilder(width);
  for (const point of points) series.add(point);
  return series;
}

const columns = ({ width, steps, min, max, last, times, marks }: SeriesBuilder) => ({
  width,
  steps,
  min,
  max,
  last,
  times,
  marks,
});

const points = fc.uniqueArray(
  fc.record({
    step: fc.nat(300),
    value: fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
    attempt: fc.nat(2),
  }),
  { selector: ({ step }) => step, maxLength: 120 },
);

test('points in any order, and again, give the same buckets', () => {
  fc.assert(
    fc.property(points, fc.integer({ min: 1, max: 20 }), (drawn, width) => {
      const ordered = drawn.map(({ step, value, attempt }) => at(step, value, attempt));
      const shuffled = [...ordered.toReversed(), ...ordered];
      expect(columns(build(shuffled, width))).toEqual(columns(build(ordered, width)));
    }),
  );
});

test('no extreme is lost when buckets are joined', () => {
  const many = Array.from({ length: 10 * MAX_BUCKETS }, (_, step) => at(step, step === 12_345 ? 1e6 : Math.sin(step)));
  const series = build(many);
  expect(series.steps.length).toBeLessThanOrEqual(MAX_BUCKETS);
  expect(Math.max(...series.max)).toBe(1e6);
  expect(series.steps.at(-1)).toBe(10 * MAX_BUCKETS - 1);
});

describe('a later attempt', () => {
  test('that continues from a checkpoint replaces the steps from there on, and the line breaks before it', () => {
    const series = build([at(0, 1), at(1, 2), at(2, 3), at(3, 4), at(2, 30, 1), at(3, 99, 0)]);
    expect(series.last).toEqual([1, 2, 30]);
    expect(series.attempts).toEqual([2]);
  });

  test('that starts over starts the line again', () => {
    const series = build([at(0, 1), at(1, 2), at(5, Number.NaN), at(0, 10, 1), at(9, 9, 0)]);
    expect(series.last).toEqual([10]);
    expect(series.attempts).toEqual([]);
    expect(series.marks).toEqual([]);
  });
});

test('NaN and infinities are marks and in no bucket', () => {
  const series = build([at(0, 1), at(1, Number.NaN), at(2, Number.NEGATIVE_INFINITY), at(1, Number.NaN)]);
  expect(series.last).toEqual([1]);
  expect(series.marks).toEqual([
    { step: 1, kind: 'NaN' },
    { step: 2, kind: '-' },
  ]);
});

test.each([
  [10, 500, 1],
  [1_000, 500, 2],
  [1_001, 500, 5],
  [1_000_000, 500, 2_000],
])('a span of %p steps in %p buckets has buckets of %p steps', (span, buckets, width) => {
  expect(widthFor(span, buckets)).toBe(width);
});
