import { expect, test } from '@jest/globals';
import { readChosen } from '../../../web/run/remembered-columns.ts';

test.each([
  [null, [], []],
  ['no JSON', [], []],
  ['null', [], []],
  ['{"columns": "param.lr", "pins": 1}', [], []],
  [
    '{"columns": ["param.lr", 1, null, "metric.loss"], "pins": ["param.lr"]}',
    ['param.lr', 'metric.loss'],
    ['param.lr'],
  ],
])('the columns remembered as %p', (text, columns, pins) => {
  expect(readChosen(text)).toEqual({ columns, pins });
});
