import { firstIndex } from '../data/first-index.ts';
import type { Frame, Line, Part } from './draw-lines.ts';
import { hasPlace } from './scales.ts';

const SIZE_PX = 4;

/** NaN and infinities at the edge where the line left the chart, in the colour of their series: those from number `from` on. */
export function drawMarks({ context, width, height, toX, ratio }: Frame, line: Line, from: number): void {
  context.fillStyle = line.colour;
  const size = SIZE_PX * ratio;
  for (const { step, kind } of line.series.marks.slice(from)) {
    const x = toX(stepToX(line, step));
    if (!(x >= 0 && x <= width)) continue;
    const isFoot = kind === '-';
    const y = isFoot ? height : 0;
    const base = isFoot ? height - 2 * size : 2 * size;
    context.beginPath();
    context.moveTo(x - size, base);
    context.lineTo(x + size, base);
    context.lineTo(x, y);
    context.fill();
  }
}

/**
 * Values that the scale has no place for: hollow triangles at the foot of a log axis for 0 and below, and at the head of an axis
 * of nines for 1 and above; at most one for each width of one.
 */
export function markWithoutPlace(frame: Frame, line: Line, { from, to }: Part): void {
  const { context, width, height, toX, ratio, yScale } = frame;
  if (yScale !== 'log' && yScale !== 'nines') return;
  const { series, xs, colour } = line;
  const size = SIZE_PX * ratio;
  const isFoot = yScale === 'log';
  const [base, tip] = isFoot ? [height - 2 * size, height - 1] : [2 * size, 1];
  let drawn = Number.NEGATIVE_INFINITY;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = from; at < to; at += 1) {
    const x = toX(xs[at] ?? Number.NaN);
    const isPlaced = hasPlace(yScale, (isFoot ? series.min[at] : series.max[at]) ?? 0.5);
    if (isPlaced || !(x >= 0 && x <= width) || Math.abs(x - drawn) < size) continue;
    drawn = x;
    context.moveTo(x - size, base);
    context.lineTo(x + size, base);
    context.lineTo(x, tip);
    context.closePath();
  }
  context.stroke();
}

/** Dots of the mark of an attempt, above and below its first value. */
const ATTEMPT_DOTS = 3;

/** An upright dotted line through the first value of each attempt after the first: the gap in the line may be too narrow to see. */
export function markAttempts({ context, toX, toY, ratio }: Frame, line: Line, { from, to }: Part): void {
  context.fillStyle = line.colour;
  for (const at of line.series.attempts) {
    if (at < from || at >= to) continue;
    const [x, y] = [toX(line.xs[at] ?? Number.NaN), toY(line.ys[at] ?? Number.NaN)];
    if (Number.isNaN(x + y)) continue;
    for (let dot = -ATTEMPT_DOTS; dot <= ATTEMPT_DOTS; dot += 1) {
      context.fillRect(Math.round(x), Math.round(y + 4 * dot * ratio), ratio, 2 * ratio);
    }
  }
}

/** x of a step that has no bucket: the one of the bucket before it. */
function stepToX({ series, xs }: Line, step: number): number {
  if (xs === series.steps) return step;
  const after = firstIndex(series.steps.length, (at) => (series.steps[at] ?? 0) <= step);
  return xs[Math.max(0, after - 1)] ?? Number.NaN;
}
