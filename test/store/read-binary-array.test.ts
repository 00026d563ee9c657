import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FLOAT8, fixedArray, INT8, TIMESTAMPTZ } from '../../src/store/binary-array.ts';
import { BinaryArray } from '../../src/store/read-binary-array.ts';

const read = <T>(length: number, at: (index: number) => T): T[] => Array.from({ length }, (_, index) => at(index));

test('every value that is written is read', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double()),
      fc.array(fc.maxSafeInteger()),
      fc.array(fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 })),
      (doubles, integers, times) => {
        const [float8, int8, timestamptz] = [
          new BinaryArray(fixedArray(FLOAT8, doubles)),
          new BinaryArray(fixedArray(INT8, integers)),
          new BinaryArray(fixedArray(TIMESTAMPTZ, times)),
        ];
        expect(read(float8.length, (index) => float8.float8(index))).toEqual(doubles);
        expect(read(int8.length, (index) => int8.int8(index))).toEqual(integers.map((value) => value + 0));
        expect(read(timestamptz.length, (index) => timestamptz.time(index))).toEqual(times.map((value) => value + 0));
      },
    ),
  );
});

test('an integer beyond 2^53 - 1 is read with all its digits', () => {
  const bytes = fixedArray(INT8, [0, 0]);
  bytes.writeBigInt64BE(2n ** 60n + 1n, bytes.length - 8);
  bytes.writeBigInt64BE(-(2n ** 53n), bytes.length - 20);
  const array = new BinaryArray(bytes);
  expect([array.int8(0), array.int8(1)]).toEqual([-(2n ** 53n), 2n ** 60n + 1n]);
});

test('no rows are an array without values', () => {
  expect(new BinaryArray(null).length).toBe(0);
  expect(new BinaryArray(fixedArray(FLOAT8, [])).length).toBe(0);
});
