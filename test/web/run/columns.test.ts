import { expect, test } from '@jest/globals';
import { columnKey, columnNames, defaultColumns, inOrder, moved, parseColumn } from '../../../web/run/columns.ts';

test.each(['param.lr', 'metric.a.b', 'last.loss', 'min.x=y', 'max.*', 'max_step.acc', 'min_step.a b'])(
  'the column %p survives the address',
  (key) => {
    const column = parseColumn(key);
    expect(column === undefined ? '' : columnKey(column)).toBe(key);
  },
);

test.each(['', 'lr', 'param.', 'mean.loss'])('%p is no column', (key) => {
  expect(parseColumn(key)).toBeUndefined();
});

test('pinned columns come first, each kind in its order', () => {
  const columns = ['metric.a', 'param.b', 'param.c'].flatMap((key) => parseColumn(key) ?? []);
  expect(inOrder(columns, ['param.c', 'gone']).map(columnKey)).toEqual(['param.c', 'metric.a', 'param.b']);
});

test('a column is moved to the place of another, and stays where there is none', () => {
  expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
  expect(moved(['a', 'b', 'c'], 2, 0)).toEqual(['c', 'a', 'b']);
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
});

test('the default columns are those that most trials of the run have', () => {
  const rare = Array.from({ length: 8 }, (_, at) => ({ name: `a${at}`, trials: 1 }));
  const facets = {
    parameters: [...rare, { name: 'lr', trials: 40 }],
    metrics: [{ name: 'loss', trials: 12 }],
  } as unknown as Parameters<typeof columnNames>[1];
  const names = columnNames({ metric_names: ['loss', 'grad'] }, facets);
  expect(defaultColumns(names).map(columnKey)).toEqual([
    'metric.grad',
    'metric.loss',
    ...['a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'lr'].map((name) => `param.${name}`),
  ]);
});
