import { expect, test } from '@jest/globals';
import type { TrialListItem } from '../../../src/queries/shapes.ts';
import { pairKey } from '../../../web/data/pair-key.ts';
import { RecentValues } from '../../../web/data/recent-values.ts';
import { addRecent } from '../../../web/monitor/add-recent.ts';

const trial = (model_run_id: string, attempt: number, recent: TrialListItem['recent']) =>
  ({ model_run_id, trial_id: 't', attempt, recent }) as TrialListItem;
const POINTS = { name: 'loss', step: [0, 1], time_ms: [5, 6], value: [1, 'NaN'] } as const;

test('values that were read are of the attempt of the row: late points of an earlier one change nothing', () => {
  const values = new RecentValues();
  addRecent([trial('r', 2, POINTS)], values, 10, 0);
  const key = pairKey('r', 't');
  values.add(key, [[7, 9, 'late', 1, { loss: 'NaN' }]], 11);
  expect(values.of(key)).toMatchObject({ name: 'loss', values: [1, Number.NaN], steps: [0, 1] });
  values.add(key, [[0, 10, 'next', 3, { loss: 8 }]], 12);
  expect(values.of(key)?.values).toEqual([8]);
});

test('every trial of any number of runs has its values', () => {
  const values = new RecentValues();
  const runs = Array.from({ length: 60 }, (_, n) => `run-${n}`);
  addRecent([...runs.map((run) => trial(run, 0, POINTS)), trial('none', 0, null)], values, 10, 0);
  expect(runs.filter((run) => values.of(pairKey(run, 't'))?.values.length === 2)).toHaveLength(60);
  expect(values.of(pairKey('none', 't'))).toBeUndefined();
});

test.each([
  ['right', 1_000, 0, 6],
  ['behind by 400 ms', 600, 400, -394],
  ['such that the worker is ahead of it', 3, 0, 3],
])('the last point has arrived at its time, where the clock of the browser is %s', (_, now, offset, arrivedAt) => {
  const values = new RecentValues();
  addRecent([trial('r', 0, POINTS)], values, now, offset);
  expect(values.of(pairKey('r', 't'))?.arrivedAt).toBe(arrivedAt);
});
