import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SeriesPoint } from '../../src/retention/read-series-points.ts';
import { MOST_ROLLUP_BUCKETS, rollUp } from '../../src/retention/roll-up.ts';

const pointArbitrary = fc.record({
  step: fc.oneof(fc.bigInt({ min: 0n, max: 3_000n }), fc.bigInt({ min: 0n, max: 2n ** 63n - 1n })),
  eventId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  atMicros: fc.bigInt({ min: 0n, max: 9n }).map((ms) => ms * 1_000n),
  value: fc.double(),
  attempt: fc.integer({ min: 0, max: 2 }),
});
const seriesArbitrary = fc
  .array(pointArbitrary, { minLength: 1, maxLength: 300 })
  .map((points) =>
    points.sort((a, b) => (a.step < b.step ? -1 : a.step > b.step ? 1 : Buffer.compare(a.eventId, b.eventId))),
  );

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const finite = (points: readonly SeriesPoint[]): number[] => points.map(({ value }) => value).filter(Number.isFinite);

test('a roll-up counts every point once, and has the extremes, the mean and the last point of each bucket', () => {
  fc.assert(
    fc.property(seriesArbitrary, (points) => {
      const rollups = rollUp({ trialKey: 1, nameKey: 2, points });
      expect(sum(rollups.flatMap(({ buckets }) => buckets.map((bucket) => bucket.points)))).toBe(points.length);
      for (const { attempt, bucketSteps, buckets } of rollups) {
        expect(BigInt(buckets.length) <= MOST_ROLLUP_BUCKETS).toBe(true);
        expect(String(bucketSteps)).toMatch(/^10*$/);
        for (const bucket of buckets) {
          const own = points.filter(
            (point) => point.attempt === attempt && point.step / bucketSteps === bucket.firstStep / bucketSteps,
          );
          const values = finite(own);
          expect(bucket).toMatchObject({ points: own.length, nonfinite: own.length - values.length });
          expect([bucket.firstStep, bucket.lastStep]).toEqual([own[0]?.step, own.at(-1)?.step]);
          if (values.length === 0) {
            expect(bucket).toMatchObject({ last: Number.NaN, min: Number.NaN, max: Number.NaN, mean: Number.NaN });
            continue;
          }
          // Of a zero and a negative zero neither is the greater one.
          const unsigned = (value: number): number => value + 0;
          expect([bucket.min, bucket.max].map(unsigned)).toEqual(
            [Math.min(...values), Math.max(...values)].map(unsigned),
          );
          expect(bucket.mean).toBeGreaterThanOrEqual(bucket.min - Math.abs(bucket.min) * 1e-9);
          expect(bucket.mean).toBeLessThanOrEqual(bucket.max + Math.abs(bucket.max) * 1e-9);
          const stepOf = (value: number) => own.find((point) => point.value === value)?.step;
          expect([bucket.minStep, bucket.maxStep]).toEqual([stepOf(bucket.min), stepOf(bucket.max)]);
          const last = own.filter(({ value }) => Number.isFinite(value)).at(-1);
          expect(bucket.finiteStep).toBe(last?.step);
        }
      }
    }),
    {
      examples: [
        [[0, -0].map((value) => ({ step: 0n, eventId: new Uint8Array(16), atMicros: 0n, value, attempt: 0 }))],
      ],
      numRuns: 60,
    },
  );
});

test('among points of one step the latest counts as the last, and of one time the greatest', () => {
  const at = (atMicros: bigint, value: number) => ({
    step: 5n,
    eventId: new Uint8Array(16),
    atMicros,
    value,
    attempt: 0,
  });
  const [rollup] = rollUp({ trialKey: 1, nameKey: 1, points: [at(2_000n, 9), at(3_000n, 1), at(3_000n, 2)] });
  expect(rollup?.buckets).toEqual([
    expect.objectContaining({ points: 3, atMs: 3, last: 2, min: 1, max: 9, mean: 4, firstStep: 5n, lastStep: 5n }),
  ]);
});
