import { expect, test } from '@jest/globals';
import { rowAction } from '../../../web/run/row-key.ts';

const press = (key: string, more: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

test('the space bar selects a row only from within the rows: on a button of the head it sorts', () => {
  expect(rowAction(press(' '), 'row')).toEqual({ kind: 'select' });
  expect(rowAction(press(' '), 'head')).toBeUndefined();
  // A checkbox toggles itself.
  expect(rowAction(press(' '), 'control')).toBeUndefined();
  expect(rowAction(press(' '), 'table')).toBeUndefined();
});

test('Enter opens the active row of the table; a link in a row follows itself', () => {
  expect(rowAction(press('Enter'), 'table')).toEqual({ kind: 'open' });
  expect(rowAction(press('Enter'), 'row')).toBeUndefined();
  expect(rowAction(press('Enter'), 'head')).toBeUndefined();
});

test('arrows move through the rows, unless a modifier gives them to the browser', () => {
  expect(rowAction(press('ArrowDown'), 'row')).toEqual({ kind: 'move', by: 1 });
  expect(rowAction(press('PageUp'), 'control')).toEqual({ kind: 'move', by: -12 });
  expect(rowAction(press('ArrowUp', { altKey: true }), 'row')).toBeUndefined();
  expect(rowAction(press(' ', { ctrlKey: true }), 'row')).toBeUndefined();
});
