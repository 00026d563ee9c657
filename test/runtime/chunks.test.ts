import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { FetchedRecord } from '../../src/record.ts';
import { chunksOf } from '../../src/runtime/chunks.ts';

/** Records with values of these sizes; undefined is a tombstone. */
const records = (sizes: readonly (number | undefined)[]): FetchedRecord[] =>
  sizes.map((size, index) => ({
    topic: 't',
    partition: 0,
    offset: String(index),
    timestamp: 0,
    key: null,
    headers: {},
    value: size === undefined ? null : Buffer.alloc(size),
  }));

const chunks = (sizes: readonly (number | undefined)[], maxRecords: number, maxBytes: number): number[] =>
  [...chunksOf(records(sizes), { maxRecords, maxBytes })].map((chunk) => chunk.length);

test.each<[string, (number | undefined)[], number, number, number[]]>([
  ['nothing', [], 10, 10, []],
  ['what fits', [1, 2, 3], 10, 6, [3]],
  ['by number', [1, 1, 1, 1, 1], 2, 100, [2, 2, 1]],
  ['by bytes', [4, 4, 4, 4], 10, 10, [2, 2]],
  ['one too large stands alone', [1, 50, 1], 10, 10, [1, 1, 1]],
  ['all too large', [50, 50], 10, 10, [1, 1]],
  ['tombstones have no bytes', [undefined, undefined, 10], 10, 10, [3]],
])('%s', (_, sizes, maxRecords, maxBytes, expected) => {
  expect(chunks(sizes, maxRecords, maxBytes)).toEqual(expected);
});

test('chunks contain the records in order, within both limits unless a single record is too large', () => {
  const limit = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(fc.array(fc.nat(30)), limit, limit, (sizes, maxRecords, maxBytes) => {
      const all = records(sizes);
      const cut = [...chunksOf(all, { maxRecords, maxBytes })];
      expect(cut.flat()).toEqual(all);
      for (const chunk of cut) {
        const bytes = chunk.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
        expect(chunk.length).toBeGreaterThan(0);
        expect(chunk.length).toBeLessThanOrEqual(maxRecords);
        if (chunk.length > 1) expect(bytes).toBeLessThanOrEqual(maxBytes);
      }
    }),
  );
});
