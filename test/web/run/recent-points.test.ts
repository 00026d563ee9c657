import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RecentPoints } from '../../../web/run/recent-points.ts';

const point = (step: number) => ({ step, value: step, time: 0, attempt: 0 });

test('the points of a series are in the order of their arrival', () => {
  const recent = new RecentPoints(10);
  for (const step of [3, 1, 2]) recent.add('a', point(step));
  recent.add('b', point(9));
  expect(recent.of('a').map(({ step }) => step)).toEqual([3, 1, 2]);
  expect(recent.of('none')).toEqual([]);
});

test('the newest points are held: at most the bound, at least half of it, of all series together', () => {
  const most = 20;
  fc.assert(
    fc.property(fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 100 }), (arrivals) => {
      const recent = new RecentPoints(most);
      for (const [at, series] of arrivals.entries()) recent.add(series, point(at));
      const held = ['a', 'b', 'c'].flatMap((series) => recent.of(series).map(({ step }) => step)).sort((a, b) => a - b);
      expect(held.length).toBeLessThanOrEqual(most);
      expect(held.length).toBeGreaterThanOrEqual(Math.min(arrivals.length, most / 2));
      expect(held).toEqual(arrivals.map((_, at) => at).slice(arrivals.length - held.length));
    }),
  );
});
