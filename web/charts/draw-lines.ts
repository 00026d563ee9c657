import type { YScale } from './scales.ts';
import type { Series } from './series.ts';

/** One line of a chart, ready to be drawn. */
export interface Line {
  readonly key: string;
  readonly series: Series;
  /** x of each bucket; the series' own steps or something else. */
  readonly xs: readonly number[];
  /** The values to draw, smoothed or not. */
  readonly ys: readonly number[];
  readonly colour: string;
  readonly emphasis: 'normal' | 'strong' | 'weak';
  /** The unsmoothed values are drawn behind the line. */
  readonly showsRaw: boolean;
  /** The area from the least to the greatest value is filled. */
  readonly hasBand?: boolean;
}

export interface Frame {
  readonly context: CanvasRenderingContext2D;
  /** The area of the lines, in device pixels. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly toX: (x: number) => number;
  readonly toY: (value: number) => number;
  readonly yScale: YScale;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/**
 * Draws lines of exactly one device pixel: software rendering draws a line of 1.01 pixels twenty times slower (measured in
 * Chromium 156 without a GPU). Only emphasised lines are wider.
 */
export function drawLines(frame: Frame, lines: readonly Line[]): void {
  const { context, left, top, width, height } = frame;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.lineJoin = 'bevel';
  for (const line of lines) {
    if (line.hasBand) fillBand(frame, line);
    else if (line.showsRaw) stroke(frame, line, line.series.last, 0.25, 1);
    else if (line.series.width > 1) strokeExtremes(frame, line);
  }
  for (const line of lines) {
    const strong = line.emphasis === 'strong';
    stroke(frame, line, line.ys, line.emphasis === 'weak' ? 0.35 : 1, strong ? 2 * frame.ratio : 1);
  }
  for (const line of lines) drawMarks(frame, line);
  // uPlot remembers the styles that it has set, so they must be as they were.
  context.restore();
}

function stroke({ context, toX, toY }: Frame, line: Line, ys: readonly number[], alpha: number, wide: number): void {
  const breaks = new Set(line.series.attempts);
  context.globalAlpha = alpha;
  context.strokeStyle = line.colour;
  context.lineWidth = wide;
  context.beginPath();
  let drawn = false;
  let alone = true;
  for (let at = 0; at < ys.length; at += 1) {
    const x = toX(line.xs[at] ?? Number.NaN);
    const y = toY(ys[at] ?? Number.NaN);
    if (Number.isNaN(x) || Number.isNaN(y)) {
      drawn = false;
      continue;
    }
    if (drawn && !breaks.has(at)) {
      context.lineTo(x, y);
      alone = false;
    } else {
      context.moveTo(x, y);
    }
    drawn = true;
  }
  context.stroke();
  if (alone && ys.length > 0) dots({ context, toX, toY } as Frame, line, ys, wide);
}

/** A series without two points in a row has no line. */
function dots({ context, toX, toY }: Frame, line: Line, ys: readonly number[], wide: number): void {
  context.fillStyle = line.colour;
  for (const [at, value] of ys.entries()) {
    const [x, y] = [toX(line.xs[at] ?? Number.NaN), toY(value)];
    if (!Number.isNaN(x + y)) context.fillRect(x - 1 - wide, y - 1 - wide, 2 + 2 * wide, 2 + 2 * wide);
  }
}

/** The least and greatest value of each bucket as an upright hairline, so that no spike is hidden. */
function strokeExtremes({ context, toX, toY }: Frame, line: Line): void {
  const { min, max } = line.series;
  context.globalAlpha = line.emphasis === 'weak' ? 0.15 : 0.35;
  context.strokeStyle = line.colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = 0; at < min.length; at += 1) {
    const [low, high] = [min[at] ?? Number.NaN, max[at] ?? Number.NaN];
    if (low === high) continue;
    const [x, y0, y1] = [toX(line.xs[at] ?? Number.NaN), toY(low), toY(high)];
    if (Number.isNaN(x + y0 + y1)) continue;
    context.moveTo(x, y0);
    context.lineTo(x, y1);
  }
  context.stroke();
}

/** The area between the least and the greatest value of each bucket, with a hairline around it. */
function fillBand({ context, toX, toY, top, height, yScale }: Frame, line: Line): void {
  const { min, max } = line.series;
  const points: (readonly [x: number, low: number, high: number])[] = [];
  for (const [at, high] of max.entries()) {
    const low = min[at] ?? Number.NaN;
    const y0 = yScale === 'log' && low <= 0 ? top + height : toY(low);
    const [x, y1] = [toX(line.xs[at] ?? Number.NaN), toY(high)];
    if (!Number.isNaN(x + y0 + y1)) points.push([x, y0, y1]);
  }
  context.fillStyle = line.colour;
  context.strokeStyle = line.colour;
  context.lineWidth = 1;
  context.beginPath();
  for (const [x, , high] of points) context.lineTo(x, high);
  for (const [x, low] of points.toReversed()) context.lineTo(x, low);
  context.closePath();
  context.globalAlpha = line.emphasis === 'weak' ? 0.05 : 0.14;
  context.fill();
  context.globalAlpha = line.emphasis === 'weak' ? 0.1 : 0.3;
  context.stroke();
}

/** NaN and infinities at the edge they left the chart at, in the colour of their series. */
function drawMarks(frame: Frame, line: Line): void {
  const { context, left, top, width, height, toX, ratio } = frame;
  context.globalAlpha = 1;
  context.fillStyle = line.colour;
  context.strokeStyle = line.colour;
  context.lineWidth = 1;
  const size = 4 * ratio;
  if (frame.yScale === 'log') markNotPositive(frame, line, size);
  for (const { step, kind } of line.series.marks) {
    const x = toX(stepToX(line, step));
    if (!(x >= left && x <= left + width)) continue;
    const foot = kind === '-';
    const y = foot ? top + height : top;
    const tip = foot ? -2 * size : 2 * size;
    context.beginPath();
    context.moveTo(x - size, y + tip);
    context.lineTo(x + size, y + tip);
    context.lineTo(x, y);
    context.fill();
  }
}

/** Values of 0 and below, which a log axis cannot place: a hollow triangle at the foot, at most one for its width. */
function markNotPositive({ context, left, top, width, height, toX }: Frame, { series, xs }: Line, size: number): void {
  let drawn = Number.NEGATIVE_INFINITY;
  context.beginPath();
  for (const [at, least] of series.min.entries()) {
    const x = toX(xs[at] ?? Number.NaN);
    if (least > 0 || !(x >= left && x <= left + width) || Math.abs(x - drawn) < size) continue;
    drawn = x;
    const foot = top + height;
    context.moveTo(x - size, foot - 2 * size);
    context.lineTo(x + size, foot - 2 * size);
    context.lineTo(x, foot - 1);
    context.closePath();
  }
  context.stroke();
}

/** x of a step that has no bucket: the one of the bucket before it. */
function stepToX({ series, xs }: Line, step: number): number {
  if (xs === series.steps) return step;
  let [low, high] = [0, series.steps.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((series.steps[middle] ?? 0) <= step) low = middle;
    else high = middle - 1;
  }
  return xs[low] ?? Number.NaN;
}
