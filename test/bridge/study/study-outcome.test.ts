import { expect, test } from '@jest/globals';
import { studyOutcome } from '../../../src/bridge/study/study-outcome.ts';

const spec = { metric: 'loss' };

test.each([
  ['succeeded', { loss: 0.5, other: 1 }, { state: 'complete', value: 0.5 }],
  ['succeeded', { loss: Number.NaN }, { state: 'failed', error_type: 'objective_not_finite' }],
  ['succeeded', { loss: Number.POSITIVE_INFINITY }, { state: 'failed', error_type: 'objective_not_finite' }],
  ['succeeded', {}, { state: 'failed', error_type: 'objective_missing' }],
  ['succeeded', JSON.parse('{"__proto__": {"loss": 1}}'), { state: 'failed', error_type: 'objective_missing' }],
  ['skipped', { loss: 0.5 }, { state: 'pruned' }],
  ['failed', { loss: 0.5 }, { state: 'failed', error_type: 'failed' }],
  ['cancelled', {}, { state: 'failed', error_type: 'cancelled' }],
] as const)('a trial that is %s with %j', (status, metrics, expected) => {
  expect(studyOutcome(spec, { status, metrics })).toMatchObject(expected);
});
