import { expect, test } from '@jest/globals';
import { partFor, queryOf } from '../../../web/feed/feed-hub.ts';

const point = (model_run_id: string) => ({ model_run_id, trial_id: 't', points: [] });
const event = (model_run_id: string) => ({
  event: 'ml.trial.start',
  event_id: '1',
  model_run_id,
  trial_id: 't',
  timestamp: 0,
  attempt: 0,
});

test.each([
  ['no page', [], 'points=false'],
  ['a page that shows everything', [{ points: true, from: '' }], ''],
  ['a hidden page', [{ points: false, from: '' }], 'points=false'],
  [
    'two runs',
    [
      { runs: ['b'], points: true, from: '' },
      { runs: ['a', 'b'], points: false, from: '' },
    ],
    'model_run_id=a&model_run_id=b',
  ],
  [
    'a run and everything',
    [
      { runs: ['b'], points: true, from: '' },
      { points: false, from: '' },
    ],
    '',
  ],
])('the connection for %s', (_, watches, query) => {
  expect(queryOf(watches)).toBe(query);
});

test('a page receives the runs it watches, and points only when it shows them', () => {
  const frame = { events: [event('a'), event('b')], points: [point('a'), point('b')] };
  expect(partFor({ points: true, from: '' }, frame)).toEqual(frame);
  expect(partFor({ runs: ['a'], points: true, from: '' }, frame)).toEqual({
    events: [event('a')],
    points: [point('a')],
  });
  expect(partFor({ runs: ['a'], points: false, from: '' }, frame)).toEqual({ events: [event('a')], points: [] });
  expect(partFor({ runs: ['c'], points: true, from: '' }, frame)).toBeUndefined();
});
