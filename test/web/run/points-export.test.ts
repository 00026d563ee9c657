import { expect, test } from '@jest/globals';
import { MOST_TRIALS, pointsExport } from '../../../web/run/points-export.ts';

const ids = (count: number) => Array.from({ length: count }, (_, n) => `t${n}`);

test('without a trial in the charts nothing is exported', () => {
  expect(pointsExport('r', [])).toMatchObject({ addressOf: undefined, text: expect.stringMatching(/no trial/) });
});

test('the export has the trials of the charts', () => {
  const { text, note, addressOf } = pointsExport('r', ids(2));
  expect([text, note]).toEqual(['Points of the charts', '']);
  expect(addressOf?.('csv')).toBe('/api/runs/r/metrics/export?format=csv&trial=t0&trial=t1');
});

test('more trials than an address can name are exported as the whole run, with a note', () => {
  expect(pointsExport('r', ids(MOST_TRIALS)).note).toBe('');
  const { text, note, addressOf } = pointsExport('r', ids(MOST_TRIALS + 1));
  expect(text).toBe('Points of every trial of the run');
  expect(note).toMatch(/101 trials.*every trial/);
  expect(addressOf?.('json')).toBe('/api/runs/r/metrics/export?format=json');
});
