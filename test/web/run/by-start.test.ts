import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { putByStart } from '../../../web/run/by-start.ts';

const at = (second: number | null): string | null =>
  second === null ? null : new Date(1_700_000_000_000 + second * 1000).toISOString();

test('trials that start one after the other are where the server lists them', () => {
  const starts = fc.array(fc.option(fc.nat(20)), { maxLength: 30 });
  fc.assert(
    fc.property(starts, fc.nat(30), (list, known) => {
      const rows = list.map((second, n) => ({ trial_id: `t${String(n).padStart(2, '0')}`, started_at: at(second) }));
      const rowOf = (id: string) => rows.find(({ trial_id }) => trial_id === id);
      const expected = rows
        .toSorted((a, b) => {
          const [x, y] = [a.started_at ?? '', b.started_at ?? ''];
          return x === y ? (a.trial_id < b.trial_id ? -1 : 1) : x > y ? -1 : 1;
        })
        .map(({ trial_id }) => trial_id);
      const first = putByStart([], rows.slice(0, known), rowOf, true);
      expect(putByStart(first, rows.slice(known), rowOf, true)).toEqual(expected);
      // A trial that is put again stays.
      expect(putByStart(expected, rows.slice(0, 3), rowOf, false)).toEqual(expected);
    }),
  );
});

test('of a list that is not read to its end, a trial after its last one comes with a later page', () => {
  const rows = new Map([5, 4, 1].map((second) => [`t${second}`, { trial_id: `t${second}`, started_at: at(second) }]));
  const put = (second: number | null, isWhole: boolean) =>
    putByStart(['t5', 't4', 't1'], [{ trial_id: 'new', started_at: at(second) }], (id) => rows.get(id), isWhole);
  expect(put(9, false)).toEqual(['new', 't5', 't4', 't1']);
  expect(put(3, false)).toEqual(['t5', 't4', 'new', 't1']);
  expect(put(0, false)).toEqual(['t5', 't4', 't1']);
  expect(put(null, true)).toEqual(['t5', 't4', 't1', 'new']);
});
