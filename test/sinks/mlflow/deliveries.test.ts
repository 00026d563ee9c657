import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Delivery } from '../../../src/runtime/stage.ts';
import { Deliveries, extended, partitionOfDelivery } from '../../../src/sinks/mlflow/deliveries.ts';
import { containsOffset, type OffsetRanges } from '../../../src/store/offset-ranges.ts';

const place = (first: number, last: number): Delivery => ({
  topicId: 't',
  partition: 0,
  first: String(first),
  last: String(last),
});

describe('the first offset without a gap before a delivery', () => {
  test.each<[string, readonly (readonly [number, number])[], readonly [number, number], number]>([
    ['is its own at first', [], [10, 19], 10],
    [
      'is that of the delivery that it follows',
      [
        [10, 19],
        [20, 29],
      ],
      [30, 39],
      10,
    ],
    [
      'stays when a delivery is repeated',
      [
        [10, 19],
        [20, 29],
      ],
      [20, 29],
      10,
    ],
    ['is its own after a gap', [[10, 19]], [30, 39], 30],
    ['is its own when it is before the others', [[10, 19]], [0, 9], 0],
  ])('%s', (_, before, [first, last], expected) => {
    const deliveries = new Deliveries();
    for (const [from, to] of before) deliveries.completed('t/0', place(from, to));
    expect(deliveries.firstOf('t/0', place(first, last))).toBe(expected);
  });
});

test('offsets on a broker without topic ids prove nothing', () => {
  expect(partitionOfDelivery({ ...place(0, 1), topicId: undefined })).toBeUndefined();
});

/**
 * A model of one partition with the records of one trial. A consumer delivers it in batches and sometimes moves; each batch is
 * written to its end or up to some offset.
 */
test('an offset counts as written only if every record of the trial up to it was written', () => {
  const step = fc.record({
    from: fc.option(fc.nat(60), { freq: 2 }),
    length: fc.integer({ min: 1, max: 10 }),
    written: fc.nat(10),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), fc.uniqueArray(fc.nat(70)), (steps, offsets) => {
      const deliveries = new Deliveries();
      const written = new Set<number>();
      let ranges: OffsetRanges = [];
      let next = 0;
      for (const { from, length, written: count } of steps) {
        const first = from ?? next;
        const delivery = place(first, first + length - 1);
        const records = offsets.filter((offset) => offset >= first && offset < first + length).sort((a, b) => a - b);
        const unwritten = records.filter((offset) => !containsOffset(ranges, offset));
        const acknowledged = unwritten.slice(0, count);
        for (const offset of acknowledged) written.add(offset);
        const isComplete = acknowledged.length === unwritten.length;
        const upTo = isComplete ? first + length - 1 : (acknowledged.at(-1) ?? -1);
        ranges = extended(ranges, deliveries.firstOf('t/0', delivery), delivery, upTo);
        if (isComplete) deliveries.completed('t/0', delivery);
        next = isComplete ? first + length : first;
        for (const offset of offsets) if (containsOffset(ranges, offset)) expect(written).toContain(offset);
      }
    }),
    { numRuns: 2_000 },
  );
});
