import { expect, test } from '@jest/globals';
import { columnKey, inOrder, moved, parseColumn } from '../../../web/run/columns.ts';

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
