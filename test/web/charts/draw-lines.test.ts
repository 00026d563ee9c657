import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawParts, type Frame, type Line, type Pen } from '../../../web/charts/draw-lines.ts';
import { drawMarks, markAttempts, markWithoutPlace } from '../../../web/charts/draw-marks.ts';
import { Extents } from '../../../web/charts/extents.ts';
import { rangeOf } from '../../../web/charts/ranges.ts';
import { mapping } from '../../../web/charts/scales.ts';
import { SeriesBuilder } from '../../../web/charts/series.ts';
import { doubles, scales, withNonFinite } from './doubles.ts';

/** A drawing surface that notes the segments, dots and marks drawn on it. */
function surface(): { readonly frame: Frame; readonly drawn: () => readonly string[] } {
  const segments = new Set<string>();
  let at = '';
  const context = {
    beginPath: () => undefined,
    moveTo: (x: number, y: number) => {
      at = `${x},${y}`;
    },
    lineTo(x: number, y: number) {
      segments.add(`${at} to ${x},${y}`);
      at = `${x},${y}`;
    },
    fillRect: (x: number, y: number) => segments.add(`dot ${x},${y}`),
    stroke: () => undefined,
    fill: () => undefined,
  } as unknown as Pen;
  const toY = (value: number): number => (value <= -90 ? Number.NaN : value);
  const frame: Frame = { context, width: 1_000, height: 100, toX: (x) => x, toY, yScale: 'linear', ratio: 1 };
  return { frame, drawn: () => [...segments].sort() };
}

const lineOf = (series: SeriesBuilder): Line => ({
  key: 'a',
  series,
  xs: series.steps,
  ys: series.last,
  colour: 'black',
  showsRaw: false,
});

const points = fc.array(
  fc.record({
    step: fc.nat(40),
    value: fc.oneof(fc.integer({ min: -100, max: 100 }), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
    attempt: fc.constantFrom(0, 0, 0, 1),
    time: fc.constant(0),
  }),
  { maxLength: 60 },
);

test('a line that is drawn part by part while it grows is the line drawn at once', () => {
  fc.assert(
    fc.property(points, fc.constantFrom(1, 2, 5), (list, width) => {
      const series = new SeriesBuilder(width);
      let body = surface();
      let [revision, from, marks] = [series.revision, 0, 0];
      for (const point of list) {
        series.add(point);
        if (series.revision !== revision) [body, revision, from, marks] = [surface(), series.revision, 0, 0];
        const to = Math.max(0, series.steps.length - 1);
        drawParts(body.frame, [lineOf(series)], () => ({ from, to }));
        drawMarks(body.frame, lineOf(series), marks);
        [from, marks] = [to, series.marks.length];
      }
      const tips = surface();
      drawParts(tips.frame, [lineOf(series)], () => ({ from, to: series.steps.length }));
      const whole = surface();
      drawParts(whole.frame, [lineOf(series)], () => ({ from: 0, to: series.steps.length }));
      drawMarks(whole.frame, lineOf(series), 0);
      expect([...new Set([...body.drawn(), ...tips.drawn()])].sort()).toEqual(whole.drawn());
    }),
  );
});

test('a value that is not finite breaks the line, and a point between two breaks is a dot', () => {
  const series = new SeriesBuilder();
  for (const [step, value] of [4, 3, Number.NaN, 2, Number.NaN, 1, 1].entries()) {
    series.add({ step, value, time: 0, attempt: 0 });
  }
  const { frame, drawn } = surface();
  drawParts(frame, [lineOf(series)], () => ({ from: 0, to: series.steps.length }));
  expect(drawn()).toEqual(['0,4 to 1,3', '5,1 to 6,1', 'dot 1,0']);
});

test('the x axis shows the marks of values that are not finite, before, after and without points', () => {
  const values = [Number.NaN, 1, 2, Number.NaN, Number.POSITIVE_INFINITY];
  const series = new SeriesBuilder();
  for (const [step, value] of values.entries()) series.add({ step, value, time: 0, attempt: 0 });
  const { x } = new Extents(undefined, 'linear').of([lineOf(series)]);
  expect([x.low, x.high]).toEqual([0, 4]);
});

test('a canvas receives no coordinate that is not finite, whatever the values and the axes', () => {
  const drawing = fc.record({
    values: fc.array(withNonFinite, { maxLength: 12 }),
    axis: fc.array(doubles, { maxLength: 3 }),
    yScale: scales,
    hasBand: fc.boolean(),
  });
  fc.assert(
    fc.property(drawing, ({ values, axis, yScale, hasBand }) => {
      const series = new SeriesBuilder(2);
      for (const [step, value] of values.entries()) series.add({ step, value, time: 0, attempt: step > 8 ? 1 : 0 });
      const wrong: unknown[] = [];
      const note = (...places: readonly number[]): void => {
        if (!places.every(Number.isFinite)) wrong.push(places);
      };
      const { frame } = surface();
      const context = { ...frame.context, moveTo: note, lineTo: note, fillRect: note, closePath: () => undefined };
      const range = rangeOf(axis.length > 0 ? axis : series.last, yScale);
      const toY = mapping(yScale, range, frame.height, 0);
      const part = { from: 0, to: series.steps.length };
      const line = { ...lineOf(series), hasBand, showsRaw: true };
      const target = { ...frame, context, toY, yScale };
      drawParts(target, [line], () => part);
      drawMarks(target, line, 0);
      markWithoutPlace(target, line, part);
      markAttempts(target, line, part);
      expect(wrong).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

test('the bounds of a line that grows are those of the whole line', () => {
  fc.assert(
    fc.property(points, fc.constantFrom('linear', 'log'), (list, scale) => {
      const series = new SeriesBuilder(2);
      const growing = new Extents({ low: 5, high: 30 }, scale);
      const ordered = new Extents({ low: 5, high: 30 }, scale);
      for (const point of list) {
        series.add(point);
        const { x, y } = growing.of([lineOf(series)]);
        const whole = new Extents({ low: 5, high: 30 }, scale).of([lineOf(series)]);
        expect({ x, y }).toEqual({ x: whole.x, y: whole.y });
        const part = ordered.of([{ ...lineOf(series), isOrdered: true }]);
        expect({ x: part.x, y: part.y }).toEqual({ x, y });
      }
    }),
  );
});
