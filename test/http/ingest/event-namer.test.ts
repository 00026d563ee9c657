import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EventNamer } from '../../../src/http/ingest/event-namer.ts';

const idsOf = (contents: readonly string[], owner = 'key:a', key = 'k'): string[] => {
  const namer = new EventNamer(owner, key);
  return contents.map((content) => namer.nameOf(content));
};
const contents = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 8 });

test('gives the same ids to the same request, and a different id to each of its events', () => {
  fc.assert(
    fc.property(contents, (list) => {
      const ids = idsOf(list);
      expect(idsOf(list)).toEqual(ids);
      expect(new Set(ids).size).toBe(list.length);
    }),
  );
});

test('gives an event the same id whichever other events are sent with it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 8 }), fc.func(fc.boolean()), (list, isSentAgain) => {
      const idOf = new Map(list.map((content, at) => [content, idsOf(list)[at]]));
      const rest = list.filter(isSentAgain).reverse();
      expect(idsOf(rest)).toEqual(rest.map((content) => idOf.get(content)));
    }),
  );
});

test('never gives two contents one id', () => {
  fc.assert(
    fc.property(contents, contents, (one, other) => {
      const ids = idsOf(one);
      const shared = idsOf(other).filter((id) => ids.includes(id));
      const both = ['a', 'b', 'c', 'd'].map((content) =>
        Math.min(...[one, other].map((list) => list.filter((item) => item === content).length)),
      );
      expect(shared.length).toBe(both.reduce((sum, count) => sum + count, 0));
    }),
  );
});

test.each([
  ['another owner', 'key:b', 'k'],
  ['another key', 'key:a', 'l'],
  ['an owner that ends as the key starts', 'key:ak', ''],
])('gives other ids to %s', (_, owner, key) => {
  expect(idsOf(['a'], owner, key)).not.toEqual(idsOf(['a']));
});
