import { expect, test } from '@jest/globals';
import { mergeRecords } from '../../../src/sinks/postgres/merge-records.ts';
import { accept } from '../../events/receive.ts';
import { recordOf } from './records.ts';

const point = (trial_id: string | null) =>
  accept('ml.run.metric', { model_run_id: 'r', trial_id, attempt: 2, measurements: { loss: 1 } });

const merged = (trial: string | null) => mergeRecords([recordOf(point(trial)).content]);
const attemptsIn = (trial: string | null) =>
  merged(trial).series.flatMap(({ byName }) => byName.get('loss')?.events.map(({ attempt }) => attempt) ?? []);

test('mergeRecords gives a point the attempt of its event', () => {
  expect(attemptsIn('t')).toEqual([2]);
  expect(merged('t').trials).toMatchObject([{ points_attempt: 2 }]);
});

test('mergeRecords gives a point of a whole run the attempt 0', () => {
  expect(attemptsIn(null)).toEqual([0]);
  expect(merged(null).runs).toMatchObject([{ points_attempt: 0 }]);
});
