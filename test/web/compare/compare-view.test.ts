import { expect, test } from '@jest/globals';
import {
  type CompareView,
  compareQuery,
  readCompareView,
  writeCompareView,
} from '../../../web/compare/compare-view.ts';

const VIEW: CompareView = {
  runs: ['a&b', 'c d'],
  search: 'lr',
  conditions: [
    { key: 'metric.loss', test: 'lt:0.5' },
    { key: 'spectral_norm', test: 'true' },
  ],
  metrics: ['val_accuracy', 'a=b'],
  groupBy: ['param.optimizer', 'spectral_norm'],
  best: 'min',
  curve: 'loss',
  band: 'range',
  axes: ['param.lr', 'metric.val_accuracy'],
  logs: ['param.lr'],
  brushes: new Map([['param.lr', { low: 0.001, high: 0.1 }]]),
  scatter: 'param.lr',
};

test('every choice of a comparison survives the address', () => {
  expect(readCompareView(new URLSearchParams(writeCompareView(VIEW)))).toEqual(VIEW);
});

test('no logarithmic axis is another choice than none yet', () => {
  for (const logs of [null, [], ['param.lr']]) {
    expect(readCompareView(new URLSearchParams(writeCompareView({ ...VIEW, logs }))).logs).toEqual(logs);
  }
});

test('an address without choices, or with unknown ones, has the defaults', () => {
  const plain = readCompareView(new URLSearchParams());
  expect(plain).toMatchObject({ groupBy: ['spectral_norm'], best: 'max', band: 'quartiles' });
  expect(readCompareView(new URLSearchParams('best=most&band=wide&brush=x&brush=2..1 param.lr'))).toEqual(plain);
});

test('the query of the API has only what the API knows', () => {
  expect([...new URLSearchParams(compareQuery(VIEW)).keys()]).toEqual([
    'model_run_id',
    'model_run_id',
    'q',
    'metric.loss',
    'spectral_norm',
    'metric',
    'metric',
    'group_by',
    'group_by',
    'best',
  ]);
});
