import { firstIndex } from '../data/first-index.ts';
import type { YScale } from './scales.ts';
import type { Series } from './series.ts';

/** One line of a chart, ready to be drawn. */
export interface Line {
  readonly key: string;
  readonly series: Series;
  /** x of each bucket; the series' own steps or something else. The same array as before as long as it has only grown. */
  readonly xs: readonly number[];
  /** The values to draw, smoothed or not. The same array as before as long as it has only grown. */
  readonly ys: readonly number[];
  /** x never falls along the line, so that its part within a range is found without looking at the rest. */
  readonly isOrdered?: boolean;
  readonly colour: string;
  /** Lengths of dashes and gaps, in CSS pixels; none draws a whole line. */
  readonly dash?: readonly number[];
  /** The unsmoothed values are drawn behind the line. */
  readonly showsRaw: boolean;
  /** The least and greatest value of each bucket are not drawn. */
  readonly hidesExtremes?: boolean;
  /** The area from the least to the greatest value is filled. */
  readonly hasBand?: boolean;
}

/** The part of a canvas context that draws lines. */
export interface Pen {
  globalAlpha: number;
  lineWidth: number;
  lineJoin: string;
  strokeStyle: unknown;
  fillStyle: unknown;
  beginPath(): void;
  moveTo(x: number, y: number): void;
  lineTo(x: number, y: number): void;
  closePath(): void;
  stroke(): void;
  fill(): void;
  fillRect(x: number, y: number, width: number, height: number): void;
  setLineDash(lengths: number[]): void;
  clearRect(x: number, y: number, width: number, height: number): void;
}

/** A canvas of the area of the lines, in device pixels. */
export interface Frame {
  readonly context: Pen;
  readonly width: number;
  readonly height: number;
  readonly toX: (x: number) => number;
  readonly toY: (value: number) => number;
  readonly yScale: YScale;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
}

/** The buckets from `from` to before `to`, with the segment that leads to the first of them. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * Draws a part of lines of exactly one device pixel: software rendering draws a line of 1.01 pixels twenty times slower (measured
 * in Chromium 156 without a GPU). Only one line at a time, the one under the pointer, is wider.
 */
export function drawParts(frame: Frame, lines: readonly Line[], partOf: (at: number) => Part, isWide = false): void {
  frame.context.lineJoin = 'bevel';
  for (const [at, line] of lines.entries()) {
    const part = partOf(at);
    if (line.hasBand) fillBand(frame, line);
    else {
      if (line.showsRaw) strokePart(frame, line, line.series.last, part, 0.25, 1);
      if (line.series.width > 1 && !line.hidesExtremes) strokeExtremes(frame, line, part);
    }
  }
  for (const [at, line] of lines.entries()) {
    const { dash = [] } = line;
    if (dash.length > 0) frame.context.setLineDash(dash.map((length) => length * frame.ratio));
    strokePart(frame, line, line.ys, partOf(at), 1, isWide ? 2 * frame.ratio : 1);
    if (dash.length > 0) frame.context.setLineDash([]);
  }
  frame.context.globalAlpha = 1;
}

/** Whether the line has a break before a bucket: another attempt, or values that are not finite. */
export function isBroken({ attempts, marks, steps }: Series, at: number): boolean {
  if (attempts.length > 0 && attempts.includes(at)) return true;
  if (marks.length === 0 || at === 0) return false;
  const after = steps[at - 1] ?? 0;
  const next = firstIndex(marks.length, (mark) => (marks[mark]?.step ?? 0) <= after);
  return (marks[next]?.step ?? Number.POSITIVE_INFINITY) < (steps[at] ?? 0);
}

function strokePart(frame: Frame, line: Line, ys: readonly number[], part: Part, alpha: number, wide: number): void {
  const { context, toX, toY } = frame;
  const { xs, series } = line;
  context.globalAlpha = alpha;
  context.strokeStyle = line.colour;
  context.fillStyle = line.colour;
  context.lineWidth = wide;
  context.beginPath();
  let [lastX, lastY] = [Number.NaN, Number.NaN];
  /** A point without a neighbour has no line: it gets a dot. */
  let isAlone = false;
  const start = Math.max(0, part.from - 1);
  for (let at = start; at < part.to; at += 1) {
    const x = toX(xs[at] ?? Number.NaN);
    const y = toY(ys[at] ?? Number.NaN);
    const isNone = Number.isNaN(x) || Number.isNaN(y);
    if (!isNone && !Number.isNaN(lastX) && !isBroken(series, at)) {
      context.lineTo(x, y);
      isAlone = false;
    } else {
      if (isAlone) dot(context, lastX, lastY, wide);
      if (!isNone) context.moveTo(x, y);
      isAlone = !isNone && (at > start || startsRun(frame, line, ys, at));
    }
    [lastX, lastY] = isNone ? [Number.NaN, Number.NaN] : [x, y];
  }
  context.stroke();
  if (isAlone && part.to === ys.length) dot(context, lastX, lastY, wide);
}

/** Whether the line does not come from the bucket before. */
const startsRun = ({ toX, toY }: Frame, { xs, series }: Line, ys: readonly number[], at: number): boolean =>
  at === 0 || isBroken(series, at) || Number.isNaN(toX(xs[at - 1] ?? Number.NaN) + toY(ys[at - 1] ?? Number.NaN));

const dot = (context: Pen, x: number, y: number, wide: number): void =>
  context.fillRect(x - 1 - wide, y - 1 - wide, 2 + 2 * wide, 2 + 2 * wide);

/** The least and greatest value of each bucket as an upright hairline, so that no spike is hidden. */
function strokeExtremes({ context, toX, toY }: Frame, { series: { min, max }, xs, colour }: Line, part: Part): void {
  context.globalAlpha = 0.35;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = part.from; at < part.to; at += 1) {
    const [low, high] = [min[at] ?? Number.NaN, max[at] ?? Number.NaN];
    if (low === high) continue;
    const [x, y0, y1] = [toX(xs[at] ?? Number.NaN), toY(low), toY(high)];
    if (Number.isNaN(x + y0 + y1)) continue;
    context.moveTo(x, y0);
    context.lineTo(x, y1);
  }
  context.stroke();
}

/** The area between the least and the greatest value of each bucket, with a hairline around it. */
function fillBand({ context, toX, toY, height, yScale }: Frame, line: Line): void {
  const { min, max } = line.series;
  const points: (readonly [x: number, low: number, high: number])[] = [];
  for (const [at, high] of max.entries()) {
    const low = min[at] ?? Number.NaN;
    const y0 = yScale === 'log' && low <= 0 ? height : toY(low);
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
  context.globalAlpha = 0.14;
  context.fill();
  context.globalAlpha = 0.3;
  context.stroke();
}
