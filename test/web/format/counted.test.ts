import { expect, test } from '@jest/globals';
import { counted, plural } from '../../../web/format/counted.ts';

test.each([
  [0, '0 trials'],
  [1, '1 trial'],
  [2, '2 trials'],
  [12_400, '12,400 trials'],
])('%d of a noun', (count, text) => {
  expect(counted(count, 'trial')).toBe(text);
});

test('a plural that is not formed with -s', () => {
  expect(counted(1, 'trial has', 'trials have')).toBe('1 trial has');
  expect(counted(3, 'trial has', 'trials have')).toBe('3 trials have');
  expect(plural(0, 'entry', 'entries')).toBe('entries');
});
