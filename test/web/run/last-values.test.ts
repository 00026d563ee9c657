import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { LastValues } from '../../../web/run/last-values.ts';

const point = (attempt: number, step: number) => ({ attempt, step, value: attempt * 1_000 + step, time: 0 });

test('a late point of an earlier attempt does not replace the last value, however far it came', () => {
  const last = new LastValues(10);
  for (const each of [point(1, 90), point(2, 3), point(1, 91)]) last.add('k', each);
  expect(last.of('k')).toBe(2_003);
});

test('the last value is that of the greatest step of the latest attempt, in any order', () => {
  const points = fc.array(fc.tuple(fc.nat(3), fc.nat(5)), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(points, (list) => {
      const last = new LastValues(10);
      for (const [attempt, step] of list) last.add('k', point(attempt, step));
      expect(last.of('k')).toBe(Math.max(...list.map(([attempt, step]) => attempt * 1_000 + step)));
    }),
  );
});

test('series beyond the bound are dropped, and the new one is held', () => {
  const last = new LastValues(2);
  for (const series of ['a', 'b', 'c']) last.add(series, point(0, 1));
  expect([last.of('a'), last.of('c')]).toEqual([undefined, 1]);
});
