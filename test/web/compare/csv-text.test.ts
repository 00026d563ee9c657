import { expect, test } from '@jest/globals';
import type { MetricComparison } from '../../../src/queries/shapes.ts';
import { csvText } from '../../../web/compare/csv-text.ts';

const group = {
  trials: 3,
  n: 2,
  mean: -0.5,
  sd: 0.1,
  ci95: [-1.4, 0.4],
  min: -0.6,
  q1: -0.55,
  median: -0.5,
  q3: -0.45,
  max: -0.4,
  best: null,
  left_out: { no_value: 0, nan: 1, infinite: 0 },
} as const;

test('figures of groups as CSV: a formula gets an apostrophe, a number stays one, a comma is quoted', () => {
  const result: MetricComparison = {
    metric: 'loss',
    groups: [
      { ...group, group: ['=1+1'] },
      { ...group, group: [' ＠x;=1'] },
      { ...group, group: ['a,"b"'] },
      { ...group, group: [null], ci95: null },
    ],
    groups_left_out: 0,
    test: null,
  };
  expect(csvText(result, ['param.optimizer']).split('\r\n')).toEqual([
    'param.optimizer,trials,n,mean,sd,min,q1,median,q3,max,ci95_low,ci95_high,no_value,nan,infinite',
    "'=1+1,3,2,-0.5,0.1,-0.6,-0.55,-0.5,-0.45,-0.4,-1.4,0.4,0,1,0",
    `"' ＠x;=1",3,2,-0.5,0.1,-0.6,-0.55,-0.5,-0.45,-0.4,-1.4,0.4,0,1,0`,
    '"a,""b""",3,2,-0.5,0.1,-0.6,-0.55,-0.5,-0.45,-0.4,-1.4,0.4,0,1,0',
    ',3,2,-0.5,0.1,-0.6,-0.55,-0.5,-0.45,-0.4,,,0,1,0',
    '',
  ]);
});
