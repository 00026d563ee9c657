import { expect, test } from '@jest/globals';
import { MOST_CONDITIONS } from '../../../web/api/most-conditions.ts';
import {
  addCondition,
  appendConditions,
  conditionParameters,
  conditionText,
  makeCondition,
  type Operator,
  readConditions,
} from '../../../web/filter/conditions.ts';

const CONDITIONS = [
  { key: 'metric.val_accuracy', test: 'gte:0.8' },
  { key: 'param.a=b c', test: 'eq:x y' },
  { key: 'param.lr', test: 'gt:0.001' },
  { key: 'param.lr', test: 'lt:0.1' },
  { key: 'spectral_norm', test: 'true' },
];

test('conditions survive the address, among its other parameters', () => {
  const query = new URLSearchParams('metric=loss&q=a');
  appendConditions(query, CONDITIONS);
  expect(readConditions(new URLSearchParams(query.toString()))).toEqual(CONDITIONS);
});

test.each([
  [CONDITIONS[0], 'val_accuracy ≥ 0.8'],
  [CONDITIONS[1], 'a=b c = x y'],
  [{ key: 'param.optimizer', test: 'adam' }, 'optimizer = adam'],
  [{ key: 'spectral_norm', test: 'false' }, 'without spectral norm'],
])('the words of %j', (condition, text) => {
  expect(conditionText(condition ?? { key: '', test: '' })).toBe(text);
});

test.each<[string, Operator, string, object | string]>([
  ['metric.loss', 'lt', ' 1e-3 ', { key: 'metric.loss', test: 'lt:1e-3' }],
  ['metric.loss', 'eq', 'NaN', { key: 'metric.loss', test: 'eq:NaN' }],
  ['metric.loss', 'gt', 'NaN', 'The value must be a number.'],
  ['param.optimizer', 'eq', 'adam', { key: 'param.optimizer', test: 'eq:adam' }],
  ['param.optimizer', 'gt', 'adam', 'The value must be a number.'],
  ['param.lr', 'gt', '', 'Enter a value.'],
  ['loss', 'gt', '1', 'Choose a metric or parameter from the list.'],
])('%s %s %s', (key, operator, operand, expected) => {
  expect(makeCondition(key, operator, operand)).toEqual(expected);
});

test('a dropped condition leaves the address', () => {
  expect(conditionParameters(CONDITIONS.slice(2, 4), CONDITIONS.slice(2, 3))).toEqual({ 'param.lr': ['gt:0.001'] });
  expect(conditionParameters(CONDITIONS.slice(0, 1), [])).toEqual({ 'metric.val_accuracy': null });
});

test('as many conditions can be added as a request may have, and one on spectral norm beside them', () => {
  const most = Array.from({ length: MOST_CONDITIONS }, (_, n) => ({ key: `param.p${n}`, test: 'eq:1' }));
  expect(addCondition(most.slice(1), 'param.q', 'eq', '1')).toHaveLength(MOST_CONDITIONS);
  expect(addCondition(most, 'param.q', 'eq', '1')).toMatch(/^At most 20 conditions/);
  const norm = addCondition(most, 'spectral_norm', 'eq', 'true');
  expect(norm).toHaveLength(MOST_CONDITIONS + 1);
  expect(addCondition(norm as typeof most, 'spectral_norm', 'eq', 'false')).toHaveLength(MOST_CONDITIONS + 1);
});
