import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, describe as group, test } from '@jest/globals';
import { createProgress, describe, duration } from '../../src/cli/progress.ts';

group('a line of progress', () => {
  test.each([
    [
      'with what is left',
      [430_000, 1_000_000, 61_204, undefined],
      '43 %, 430,000 of 1,000,000 records, 61,204/s, 10 s left',
    ],
    ['before there is a rate', [0, 10, 0, undefined], '0 %, 0 of 10 records, 0/s'],
    ['at the end', [10, 10, 5, undefined], '100 %, 10 of 10 records, 5/s'],
    ['of nothing', [0, 0, 0, undefined], '100 %, 0 of 0 records, 0/s'],
    ['while it waits', [1, 10, 0, 'postgres: away'], '10 %, 1 of 10 records, 0/s, waits: postgres: away'],
  ] as const)('%s', (_, [done, total, perSecond, note], line) => {
    expect(describe(done, total, perSecond, note)).toBe(line);
  });

  test.each([
    [0.2, '1 s'],
    [59, '59 s'],
    [125, '2 min 5 s'],
    [12_000, '3 h 20 min'],
  ])('%p seconds', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

test('a terminal is sent a bar that is redrawn, a file is sent lines', async () => {
  const shown = async (isTTY: boolean): Promise<string> => {
    const output = Object.assign(new PassThrough(), { isTTY, columns: 200 });
    const progress = createProgress(output, 4, 1);
    progress.add(1);
    progress.end();
    output.end();
    return text(output);
  };
  const [beforeBar, bar] = (await shown(true)).split('2K');
  expect(beforeBar).toBe('\r\x1b[');
  expect(bar).toMatch(/^\[#{12}\.{12}\] 50 %, 2 of 4 records, [\d,]+\/s.*\n$/);
  expect(await shown(false)).toMatch(/^50 %, 2 of 4 records, [\d,]+\/s.*\n$/);
});
