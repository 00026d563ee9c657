import { expect, test } from '@jest/globals';
import type { RequestJson } from '../../../web/api/request.ts';
import { readRunsOfNow, readTrialsOfNow } from '../../../web/monitor/read-now.ts';

const START = Date.UTC(2026, 9, 1);
const item = (n: number, status: string) => ({
  model_run_id: `r${n}`,
  trial_id: `t${n}`,
  status,
  started_at: new Date(START + n * 1000).toISOString(),
});
/** Four that run, and 100 that started after them and have ended. */
const ITEMS = Array.from({ length: 104 }, (_, n) => item(n, n < 4 ? 'running' : 'completed'));

/** A server with the filter by status and the limit of the lists. */
const server = (async (path: string) => {
  const query = new URL(path, 'http://localhost').searchParams;
  const status = query.get('status');
  const found = ITEMS.toReversed().filter((each) => status === null || each.status === status);
  const page = found.slice(0, Number(query.get('limit')));
  return { trials: page, runs: page, as_of: `after ${path}` };
}) as RequestJson;

test('running trials are shown first, although 60 others started after them', async () => {
  const trials = await readTrialsOfNow(new AbortController().signal, server);
  expect(trials.map(({ trial_id }) => trial_id).slice(0, 5)).toEqual(['t3', 't2', 't1', 't0', 't103']);
  expect(trials).toHaveLength(60);
});

test('running runs are shown first, although 12 others started after them', async () => {
  const { runs, as_of } = await readRunsOfNow(undefined, server);
  expect(runs.map(({ model_run_id }) => model_run_id).slice(0, 5)).toEqual(['r3', 'r2', 'r1', 'r0', 'r103']);
  expect(runs).toHaveLength(12);
  // The feed continues from the first reading, so that it repeats events rather than omit some.
  expect(as_of).toContain('status=running');
});
