import { expect, test } from '@jest/globals';
import type { TrialListItem } from '../../../src/queries/shapes.ts';
import type { RequestJson } from '../../../web/api/request.ts';
import { pairKey } from '../../../web/data/pair-key.ts';
import { RecentValues } from '../../../web/data/recent-values.ts';
import { readRecent } from '../../../web/monitor/read-recent.ts';

const answers = (async (path: string) =>
  path.includes('/metrics?')
    ? { series: [{ trial_id: 't', name: 'loss', step: [0, 1], last: [1, 2], time_ms: [5, 6], nonfinite_at: [] }] }
    : { run: { metric_names: ['loss'] } }) as RequestJson;

test('values that were read are of the attempt of the row: late points of an earlier one change nothing', async () => {
  const recent = new RecentValues();
  const trial = { model_run_id: 'r', trial_id: 't', attempt: 2 } as TrialListItem;
  await readRecent([trial], recent, new AbortController().signal, answers);
  const key = pairKey('r', 't');
  recent.add(key, [[7, 9, 'late', 1, { loss: 'NaN' }]]);
  expect(recent.of(key)?.values).toEqual([1, 2]);
  recent.add(key, [[0, 10, 'next', 3, { loss: 8 }]]);
  expect(recent.of(key)?.values).toEqual([8]);
});
