import { expect, test } from '@jest/globals';
import { pageAction } from '../../../web/shell/page-key.ts';

const press = (key: string, more: object = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...more });

test.each([
  ['?', 'help'],
  ['/', 'search'],
  ['m', 'monitor'],
  ['c', 'compare'],
  ['z', 'whole x axis'],
  ['x', undefined],
  ['toString', undefined],
])('the key %s means %s', (key, action) => {
  expect(pageAction(press(key), false)).toBe(action);
});

test.each(['m', 'z', '/'])(
  'the key %s belongs to the browser with a modifier, and to a field in which one types',
  (key) => {
    for (const modifier of ['ctrlKey', 'metaKey', 'altKey']) {
      expect(pageAction(press(key, { [modifier]: true }), false)).toBeUndefined();
    }
    expect(pageAction(press(key), true)).toBeUndefined();
  },
);
