import { expect, test } from '@jest/globals';
import type { Facets, TrialListItem } from '../../../src/queries/shapes.ts';
import { bestOf, logsAtFirst, scatterKey } from '../../../web/compare/explore-choices.ts';

const parameter = (name: string, min: number | null, max: number | null) => ({ name, min, max });

test('a parameter that covers two powers of ten above 0 has a logarithmic axis by default', () => {
  const parameters = [
    parameter('lr', 1e-4, 0.1),
    parameter('layers', 1, 8),
    parameter('decay', 0, 1),
    parameter('optimizer', null, null),
  ] as unknown as Facets['parameters'];
  expect(logsAtFirst({ parameters })).toEqual(['param.lr']);
});

test('the best tenth is of the trials with a finite value', () => {
  const values = [...Array.from({ length: 20 }, (_, n) => n), 'NaN', undefined];
  const trials = values.map(
    (loss, n) => ({ trial_id: `${n}`, metrics: loss === undefined ? {} : { loss } }) as unknown as TrialListItem,
  );
  const idsOf = (found: ReadonlySet<TrialListItem>) => [...found].map(({ trial_id }) => trial_id);
  expect(idsOf(bestOf(trials, 'metric.loss', 'min'))).toEqual(['0', '1']);
  expect(idsOf(bestOf(trials, 'metric.loss', 'max'))).toEqual(['19', '18']);
  expect(idsOf(bestOf(trials.slice(20), 'metric.loss', 'max'))).toEqual([]);
});

test.each([
  ['the chosen one', 'param.b', ['param.a', 'metric.loss'], 'param.b'],
  ['that of the first axis of a parameter', '', ['metric.loss', 'param.c', 'param.a'], 'param.c'],
  ['none without such an axis', '', ['metric.loss'], ''],
])('the parameter of the scatter: %s', (_, chosen, axes, key) => {
  expect(scatterKey(chosen, axes)).toBe(key);
});
