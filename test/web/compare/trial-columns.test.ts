import { expect, test } from '@jest/globals';
import type { Facets } from '../../../src/queries/shapes.ts';
import { MOST_COLUMNS } from '../../../web/api/most-columns.ts';
import { readCompareView } from '../../../web/compare/compare-view.ts';
import { chosenAxes, trialColumns } from '../../../web/compare/trial-columns.ts';

const many = Array.from({ length: 60 }, (_, n) => `param.p${n}`);
const view = readCompareView(
  new URLSearchParams('metric=loss&metric=accuracy&group_by=param.optimizer&group_by=spectral_norm&scatter=param.lr'),
);

test('only axes are left out where one request cannot name every column', () => {
  const { columns, axes } = trialColumns(view, many);
  expect(columns).toHaveLength(MOST_COLUMNS);
  expect(columns.slice(0, 4)).toEqual(['metric.loss', 'metric.accuracy', 'param.optimizer', 'param.lr']);
  expect(axes).toEqual(many.slice(0, MOST_COLUMNS - 4));
});

test('every axis has its column where there is room, also one that the figures need', () => {
  const few = ['param.lr', 'metric.loss', 'param.a'];
  expect(trialColumns(view, few).axes).toEqual(few);
});

test('the default axes are the parameters that vary, and the metrics', () => {
  const parameters = [
    { name: 'lr', distinct: 3 },
    { name: 'fixed', distinct: 1 },
  ] as unknown as Facets['parameters'];
  expect(chosenAxes(view, { parameters })).toEqual(['param.lr', 'metric.loss', 'metric.accuracy']);
});
