import { expect, test } from '@jest/globals';
import { type MetricEvent, seriesOf } from '../../src/events/series.ts';

const ID = '00000000-0000-4000-8000-000000000001';

/** A point of the same identity each time, with the parts that decide which one is kept. */
const point = (attempt: number, timestamp: number, value: number): MetricEvent => ({
  event_id: ID,
  timestamp,
  attempt,
  step: 3,
  measurements: { loss: value },
});

test.each<[string, MetricEvent, MetricEvent]>([
  ['the attempt', point(1, 9, 9), point(2, 1, 1)],
  ['the attempt, if only one has a number', point(0, 9, 9), point(1, 1, 1)],
  ['the time', point(1, 1, 9), point(1, 2, 1)],
  ['the value', point(1, 1, 1), point(1, 1, 2)],
  ['the value, with NaN the greatest', point(1, 1, Number.POSITIVE_INFINITY), point(1, 1, Number.NaN)],
  ['the sign of zero', point(1, 1, -0), point(1, 1, 0)],
])('seriesOf keeps the greater of two points with one identity, by %s', (_, less, greater) => {
  const kept = { events: [greater], values: [greater.measurements.loss] };
  expect(seriesOf([less, greater]).get('loss')).toEqual(kept);
  expect(seriesOf([greater, less]).get('loss')).toEqual(kept);
});

test('seriesOf keeps points with different ids, whatever their attempts', () => {
  const other = { ...point(2, 1, 1), event_id: ID.replace('1', '2') };
  expect(seriesOf([other, point(1, 1, 2)]).get('loss')?.values).toHaveLength(2);
});
