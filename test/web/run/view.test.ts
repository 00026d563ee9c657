import { expect, test } from '@jest/globals';
import { isFiltered, readView, trialQuery, writeRange, writeX } from '../../../web/run/view.ts';

test('a view without choices has the defaults, and one with unknown choices too', () => {
  const plain = readView(new URLSearchParams());
  expect(plain).toMatchObject({ x: 'step', y: 'linear', sort: '-started_at', halfLife: 0, range: undefined });
  expect(readView(new URLSearchParams('x=space&y=round&smooth=-3&range=9..1&colour=red'))).toEqual(plain);
});

test.each([
  ['relative', { x: 'relative', xMetric: '' }],
  ['metric.epoch', { x: 'metric', xMetric: 'epoch' }],
  ['metric.', { x: 'step', xMetric: '' }],
])('the x axis %p', (x, axis) => {
  const view = readView(new URLSearchParams({ x }));
  expect(view).toMatchObject(axis);
  if (x !== 'metric.') expect(writeX(view)).toBe(x);
});

test('the columns of an address, none of them, or the default ones', () => {
  expect(readView(new URLSearchParams('col=metric.a&col=param.b&pin=param.b'))).toMatchObject({
    columns: ['metric.a', 'param.b'],
    pins: ['param.b'],
  });
  expect(readView(new URLSearchParams('col=')).columns).toEqual(['']);
  expect(readView(new URLSearchParams()).columns).toBeNull();
});

test.each(['0..Infinity', '-Infinity..1', '-1.7e308..1.7e308'])(
  'the range %s has no width, and is left out',
  (ylim) => {
    expect(readView(new URLSearchParams({ ylim, range: ylim }))).toMatchObject({ yRange: undefined, range: undefined });
  },
);

test.each([
  ['ylim=1..1.0000000000000002', { yRange: undefined }],
  ['ylim=1e-300..1&y=log', { yRange: { low: 1e-300, high: 1 } }],
  ['ylim=0..1&y=log', { yRange: undefined }],
  ['ylim=..1', { yRange: undefined }],
  ['range=10..10.5', { range: undefined }],
  ['range=1e300..2e300&x=clock', { range: undefined }],
  ['range=1152921504606846720..1152921504606847232', { range: { low: 2 ** 60 - 256, high: 2 ** 60 + 256 } }],
])('the ranges of the address %p', (query, ranges) => {
  expect(readView(new URLSearchParams(query))).toMatchObject(ranges);
});

test('a range survives the address', () => {
  const range = { low: 10.5, high: 2_000 };
  expect(readView(new URLSearchParams({ range: writeRange(range) ?? '' })).range).toEqual(range);
});

test('a narrow range at great steps survives the address', () => {
  const range = { low: 12_345_678, high: 12_345_690 };
  expect(readView(new URLSearchParams({ range: writeRange(range) ?? '' })).range).toEqual(range);
  const least = { low: 2 ** 60, high: 2 ** 60 + 256 };
  expect(readView(new URLSearchParams({ range: writeRange(least) ?? '' })).range).toEqual(least);
});

test('the query of the table', () => {
  const view = readView(new URLSearchParams('q=lr&status=failed&sort=metric.loss'));
  expect(trialQuery('a&b', view)).toBe('model_run_id=a%26b&sort=metric.loss&q=lr&status=failed');
});

test.each([
  ['', false],
  ['sort=metric.loss&y=log&sel=abc', false],
  ['q=a', true],
  ['status=failed', true],
  ['metric.loss=lt:1', true],
])('a table with the address %p is filtered: %p', (query, filtered) => {
  expect(isFiltered(readView(new URLSearchParams(query)))).toBe(filtered);
});
