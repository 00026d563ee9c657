import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { Measured } from './measure-turns.ts';

/**
 * A processor executes some 500 blocks in a microsecond, so this is 8 ms, after the 4 ms for which a request may have worked
 * before it looks at the clock: far below 20 ms. A pass over one of the long bodies without a look at the clock executes
 * twice as many or more.
 */
const MOST_BLOCKS = 4_000_000;

let measured: readonly Measured[] = [];

beforeAll(async () => {
  const child = fork(join(import.meta.dirname, 'measure-turns.ts'), { execArgv: [] });
  child.on('message', (results: readonly Measured[]) => {
    measured = results;
  });
  // Its message may arrive after its end, and always before the end of the channel.
  const [[code]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  expect(code).toBe(0);
}, 900_000);

test('no small body that expands or nests takes the event loop for more than 20 ms', () => {
  expect(measured.filter(({ blocks }) => blocks > MOST_BLOCKS)).toEqual([]);
});

test('the work is counted', () => {
  expect(measured.length).toBeGreaterThan(20);
  // The longest event that is read in one piece.
  expect(Math.max(...measured.map(({ blocks }) => blocks))).toBeGreaterThan(MOST_BLOCKS / 10);
});
