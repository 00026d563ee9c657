import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Point } from '../../../src/sinks/mlflow/final-metrics.ts';
import { callsOf, metricChunks, metricsOf } from '../../../src/sinks/mlflow/metric-chunks.ts';

const points = (count: number, first = 0, name = 'loss'): Point[] =>
  Array.from({ length: count }, (_, index) => ({ name, value: 1, timestampMs: 5, step: first + index }));
const sizes = (entries: readonly (readonly Point[])[]): number[] =>
  [...metricChunks(entries, (entry) => entry)].map((chunk) => chunk.flat().length);

describe('chunks', () => {
  test.each<[string, number[], number[]]>([
    ['no entry', [], []],
    ['a thousand points', Array(1_000).fill(1), [1_000]],
    ['one more', Array(1_001).fill(1), [1_000, 1]],
    ['entries of several points', [600, 400, 1], [1_000, 1]],
    ['an entry that does not fit', [600, 500, 500], [600, 1_000]],
    ['an entry larger than a call', [10, 2_500, 10], [10, 2_500, 10]],
    ['an entry without points', [0, 0], [0]],
  ])('of %s', (_, counts, expected) => {
    expect(sizes(counts.map((count) => points(count)))).toEqual(expected);
  });

  test('hold a megabyte at most, whatever the names', () => {
    const names = Array.from({ length: 900 }, (_, index) => points(1, index, `${'é'.repeat(240)}${index}`));
    for (const chunk of metricChunks(names, (entry) => entry)) {
      expect(Buffer.byteLength(JSON.stringify(metricsOf(chunk.flat())))).toBeLessThan(1_000_000);
    }
  });

  test('are cut in the same places when the entries are delivered again with more after them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(400), { maxLength: 30 }),
        fc.array(fc.nat(400), { maxLength: 10 }),
        (counts, more) => {
          const before = sizes(counts.map((count) => points(count)));
          const after = sizes([...counts, ...more].map((count) => points(count)));
          expect(after.slice(0, Math.max(0, before.length - 1))).toEqual(before.slice(0, -1));
        },
      ),
    );
  });
});

test('a point that occurs twice is sent once, and points that differ are all sent', () => {
  const [point] = points(1);
  if (point === undefined) throw new Error('no point');
  const nan = { ...point, value: Number.NaN };
  const all = [
    point,
    { ...point },
    { ...point, step: 1 },
    { ...point, timestampMs: 6 },
    { ...point, value: 2 },
    nan,
    nan,
  ];
  expect(metricsOf(all)).toHaveLength(5);
});

test('calls have a thousand metrics at most', () => {
  expect([...callsOf(metricsOf(points(2_001)))].map((call) => call.length)).toEqual([1_000, 1_000, 1]);
});
