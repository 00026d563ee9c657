import { expect, test } from '@jest/globals';
import { WaitingLetters } from '../../src/observer/waiting-letters.ts';

/** Two consumers rejected the record `a`, one rejected `b`. */
function letters(): WaitingLetters {
  const waiting = new WaitingLetters();
  waiting.add({ partition: 0, offset: 1, about: 'a' });
  waiting.add({ partition: 1, offset: 4, about: 'a' });
  waiting.add({ partition: 0, offset: 2, about: 'b' });
  return waiting;
}

test.each<[string, (waiting: WaitingLetters) => void, number]>([
  ['each record once', () => undefined, 2],
  ['none that was replayed, whichever letter names it', (waiting) => waiting.settle('1:4'), 1],
  ['as before after a settlement of an unknown letter', (waiting) => waiting.settle('2:9'), 2],
  ['none that retention deleted', (waiting) => waiting.expire(0, 3), 1],
  ['a record while one of its letters is kept', (waiting) => waiting.expire(0, 2), 2],
])('counts %s', (_, change, expected) => {
  const waiting = letters();
  change(waiting);
  expect(waiting.count).toBe(expected);
});
