import { expect, test } from '@jest/globals';
import { answerTo } from '../../../web/data/answer-to.ts';

const answer = { key: 'a', data: 1 };
const of = (key: string) => ({ key, error: `failure of ${key}` });

test.each([
  ['nothing yet', {}, { data: undefined, error: undefined, isEarlier: false }],
  ['an answer', { answer }, { data: 1, error: undefined, isEarlier: false }],
  ['a failed refresh', { answer, failure: of('a') }, { data: 1, error: 'failure of a', isEarlier: false }],
  ['a failure before any answer', { failure: of('a') }, { data: undefined, error: 'failure of a', isEarlier: false }],
  ['a failure of other choices', { answer, failure: of('b') }, { data: 1, error: undefined, isEarlier: false }],
])('%s', (_, kept, expected) => {
  expect(answerTo(kept, 'a')).toEqual(expected);
});

test('an answer to earlier choices is marked, with the failure of the present ones', () => {
  expect(answerTo({ answer }, 'b')).toEqual({ data: 1, error: undefined, isEarlier: true });
  expect(answerTo({ answer, failure: of('b') }, 'b')).toEqual({ data: 1, error: 'failure of b', isEarlier: true });
});
