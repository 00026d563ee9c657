import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readChunk } from '../../src/live/read-chunk.ts';
import { EVENTS, event, LAYOUT, POINTS, point, windowAt } from './feed-fixture.ts';

const ALL = { points: true, runPrefix: '' };
const offsets = (window: ReturnType<typeof windowAt>, from: number) =>
  [...window.from(POINTS, from)].map(({ offset }) => offset);

test('entries are found from any offset, also from one that no record has', () => {
  const window = windowAt();
  window.add(POINTS, [point(2), point(5), point(6)], 7);
  expect(offsets(window, 0)).toEqual([2, 5, 6]);
  expect(offsets(window, 3)).toEqual([5, 6]);
  expect(offsets(window, 6)).toEqual([6]);
  expect(offsets(window, 7)).toEqual([]);
  expect(window.ends()).toEqual([0, 0, 7]);
});

test('old entries are dropped, and the window reports from where on it is whole', () => {
  const window = windowAt([0, 0, 0], { ageMs: 1_000 });
  window.add(POINTS, [point(0, { at: 1_000 }), point(1, { at: 1_500 }), point(2, { at: 2_500 })], 3);
  window.add(EVENTS, [event(4, { at: 2_400 })], 5);
  window.drop(2_600);
  expect(offsets(window, 0)).toEqual([2]);
  expect(window.starts()).toEqual([0, 0, 2]);
  expect(window.oldestAt).toBe(2_400);
});

test('beyond its bytes the window drops the oldest entries, of whichever partition', () => {
  const window = windowAt([0, 0, 0], { maxBytes: 1_000 });
  window.add(EVENTS, [event(0, { at: 10 }), event(1, { at: 30 })], 2);
  window.add(POINTS, [point(0, { at: 20 }), point(1, { at: 40 }), point(2, { at: 50 })], 3);
  window.drop(60);
  expect(window.bytes).toBeLessThanOrEqual(1_000);
  expect(window.starts()).toEqual([0, 2, 1]);
});

test('thousands of dropped entries leave no memory behind', () => {
  const window = windowAt([0, 0, 0], { ageMs: 100 });
  for (let offset = 0; offset < 20_000; offset += 1) {
    window.add(POINTS, [point(offset, { at: offset })], offset + 1);
    window.drop(offset);
  }
  expect(offsets(window, 0)).toHaveLength(101);
  expect(window.bytes).toBe(101 * point(0).bytes);
});

test('chunks from any position to the end contain every later entry once', () => {
  const entries = Array.from({ length: 300 }, (_, offset) =>
    point(offset, { trial: `t${offset % 7}`, values: { ['x'.repeat(1_000)]: 1 } }),
  );
  fc.assert(
    fc.property(fc.nat(300), fc.nat(20), (start, first) => {
      const window = windowAt();
      window.add(POINTS, entries, 300);
      window.add(
        EVENTS,
        Array.from({ length: 20 }, (_, offset) => event(offset)),
        20,
      );
      let position: readonly number[] = [0, first, start];
      const isAtEnd = () => position.every((offset, index) => offset === window.ends()[index]);
      const found: string[] = [];
      for (let complete = false; !complete && !isAtEnd(); ) {
        const chunk = readChunk(window, position, ALL);
        if (chunk.data !== undefined) {
          expect(chunk.data.length).toBeLessThan(200_000);
          found.push(...[...chunk.data.matchAll(/"([pe]\d+)"/g)].map(([, id]) => id ?? ''));
        }
        expect(chunk.next).not.toEqual(position);
        position = chunk.next;
        complete = chunk.isComplete;
      }
      const wanted = [
        ...Array.from({ length: 20 - first }, (_, index) => `e${first + index}`),
        ...Array.from({ length: 300 - start }, (_, index) => `p${start + index}`),
      ];
      expect(found.sort()).toEqual(wanted.sort());
    }),
    {
      examples: [
        [0, 0],
        [300, 20],
      ],
      numRuns: 30,
    },
  );
});

test('a position ahead of the window stays where it is', () => {
  const window = windowAt();
  window.add(POINTS, [point(0)], 1);
  expect(readChunk(window, [9, 0, 5], ALL)).toMatchObject({ data: undefined, next: [9, 0, 5], isComplete: true });
  expect(LAYOUT.partitions).toHaveLength(3);
});

test('an event with line breaks between its tokens is one line, and a text that is no JSON is a string', () => {
  const window = windowAt();
  window.add(EVENTS, [event(0, { source: 'a\nb' })], 1);
  const { data = '' } = readChunk(window, [0, 0, 0], ALL);
  expect(data).not.toMatch(/[\r\n]/);
  expect(JSON.parse(data)).toMatchObject({ events: [{ event: 'ml.trial.start', source: 'a\nb' }] });
});
