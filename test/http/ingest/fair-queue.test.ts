import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FairQueue } from '../../../src/http/ingest/fair-queue.ts';

test('serves owners in turn, and the entries of one owner in their order', () => {
  const queue = new FairQueue<string, string>();
  for (const entry of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) queue.push(entry.charAt(0), entry);
  const served = Array.from({ length: queue.size }, () => queue.shift());
  expect(served).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  expect(queue.shift()).toBeUndefined();
});

test('serves an entry that queues first before the others of its owner, and not before other owners', () => {
  const queue = new FairQueue<string, string>();
  for (const entry of ['a1', 'a2', 'b1']) queue.push(entry.charAt(0), entry);
  expect(queue.shift()).toBe('a1');
  queue.pushFirst('a', 'a1 again');
  queue.pushFirst('c', 'c1');
  const served = Array.from({ length: queue.size }, () => queue.shift());
  expect(served).toEqual(['b1', 'a1 again', 'c1', 'a2']);
});

test('reports the owners of its entries', () => {
  const queue = new FairQueue<string, string>();
  queue.push('a', 'a1');
  expect([queue.has('a'), queue.has('b')]).toEqual([true, false]);
  queue.shift();
  expect(queue.has('a')).toBe(false);
});

test('returns every entry once', () => {
  const step = fc.option(fc.nat(3), { nil: undefined });
  fc.assert(
    fc.property(fc.array(step), (owners) => {
      const queue = new FairQueue<number, number>();
      const pushed: number[] = [];
      const served: (number | undefined)[] = [];
      for (const [entry, owner] of owners.entries()) {
        if (owner === undefined) served.push(queue.shift());
        else {
          queue.push(owner, entry);
          pushed.push(entry);
        }
      }
      while (queue.size > 0) served.push(queue.shift());
      expect(served.filter((entry) => entry !== undefined).toSorted((a, b) => a - b)).toEqual(pushed);
    }),
  );
});
