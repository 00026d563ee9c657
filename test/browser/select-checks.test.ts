import { expect, test } from '@jest/globals';
import { selectChecks } from './select-checks.ts';

const CHECKS = [
  { name: 'a spike is visible' },
  { name: 'eight tabs share a connection' },
  { name: 'no spike is lost' },
];
const namesOf = (...texts: string[]): string[] => selectChecks(CHECKS, texts).map(({ name }) => name);

test('all checks without a text, and those whose names contain one', () => {
  expect(namesOf()).toHaveLength(3);
  expect(namesOf('spike')).toEqual(['a spike is visible', 'no spike is lost']);
  expect(namesOf('tabs', 'lost')).toEqual(['eight tabs share a connection', 'no spike is lost']);
});

test('a text that no name contains is refused, with the names', () => {
  expect(() => namesOf('spike', 'tbas')).toThrow(
    'No check has a name with "tbas". The checks are:\n  a spike is visible',
  );
});
