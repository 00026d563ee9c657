import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { SeriesBuckets } from '../../src/queries/series-buckets.ts';
import { FLOAT8, fixedArray, TIMESTAMPTZ } from '../../src/store/binary-array.ts';
import { BinaryArray } from '../../src/store/read-binary-array.ts';

interface Point {
  readonly step: bigint;
  readonly time: number;
  readonly value: number;
}

const value = fc.oneof(
  fc.double(),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 2),
);
const step = fc.oneof(fc.bigInt({ min: 0n, max: 50n }), fc.bigInt({ min: 2n ** 53n - 20n, max: 2n ** 53n + 20n }));
const point: fc.Arbitrary<Point> = fc.record({ step, time: fc.integer({ min: 0, max: 3 }), value });

function steps(points: readonly Point[]): BinaryArray {
  const bytes = fixedArray(
    FLOAT8,
    points.map(() => 0),
  );
  for (const [index, point] of points.entries()) bytes.writeBigInt64BE(point.step, 24 + 12 * index);
  return new BinaryArray(bytes);
}

const columns = (points: readonly Point[]) => ({
  steps: steps(points),
  times: new BinaryArray(
    fixedArray(
      TIMESTAMPTZ,
      points.map(({ time }) => time),
    ),
  ),
  values: new BinaryArray(
    fixedArray(
      FLOAT8,
      points.map(({ value }) => value),
    ),
  ),
});

const isBefore = (a: Point, b: Point): boolean =>
  a.step !== b.step ? a.step < b.step : a.time !== b.time ? a.time < b.time : a.value < b.value;

/** The same, bucket by bucket over all points. */
function expected(points: readonly Point[], width: bigint) {
  const finite = points.filter((one) => Number.isFinite(one.value));
  const buckets = Map.groupBy(finite, (one) => one.step / width);
  const rows = [...buckets].sort(([a], [b]) => (a < b ? -1 : 1));
  const lasts = rows.map(([, of]) => of.reduce((last, one) => (isBefore(last, one) ? one : last)));
  const stepOf = ({ step }: Point): number | string => (step > 2n ** 53n - 1n ? String(step) : Number(step));
  const firstOf = (pick: (...values: number[]) => number): number | string | null => {
    const found = finite.find(({ value }) => value === pick(...finite.map((one) => one.value)));
    return found === undefined ? null : stepOf(found);
  };
  return {
    minStep: firstOf(Math.min),
    maxStep: firstOf(Math.max),
    total: points.length,
    nonfinite: points.length - finite.length,
    hasSeveral: rows.some(([, of]) => of.length > 1),
    bucket: rows.map(([number]) => Number(number)),
    step: lasts.map(stepOf),
    time: lasts.map(({ time }) => time),
    last: lasts.map((last) => last.value),
    min: rows.map(([, of]) => Math.min(...of.map((one) => one.value))),
    max: rows.map(([, of]) => Math.max(...of.map((one) => one.value))),
  };
}

test('buckets are those of all points together, however they are divided into parts', () => {
  fc.assert(
    fc.property(fc.array(point), fc.bigInt({ min: 1n, max: 30n }), fc.nat(10), (given, width, size) => {
      const points = given.toSorted((a, b) => (a.step < b.step ? -1 : a.step > b.step ? 1 : 0));
      const buckets = new SeriesBuckets(width);
      for (let from = 0; from < points.length; from += size + 1)
        buckets.add(columns(points.slice(from, from + size + 1)));
      const wanted = expected(points, width);
      const zero = (numbers: readonly number[]) => numbers.map((number) => number + 0);
      expect({
        ...buckets,
        bucket: buckets.bucket.map(Number),
        last: zero(buckets.last),
        min: zero(buckets.min),
        max: zero(buckets.max),
        nonfiniteAt: buckets.nonfiniteAt.length,
      }).toEqual({
        ...wanted,
        last: zero(wanted.last),
        min: zero(wanted.min),
        max: zero(wanted.max),
        nonfiniteAt: Math.min(100, wanted.nonfinite),
      });
    }),
  );
});
