import type { Frame, Line, Part } from './draw-lines.ts';

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

/** Values of 0 and below, which a log axis cannot place: hollow triangles at the foot, at most one for each width of one. */
export function markNotPositive({ context, width, height, toX, ratio }: Frame, line: Line, { from, to }: Part): void {
  const { series, xs, colour } = line;
  const size = SIZE_PX * ratio;
  let drawn = Number.NEGATIVE_INFINITY;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = from; at < to; at += 1) {
    const x = toX(xs[at] ?? Number.NaN);
    if ((series.min[at] ?? 1) > 0 || !(x >= 0 && x <= width) || Math.abs(x - drawn) < size) continue;
    drawn = x;
    context.moveTo(x - size, height - 2 * size);
    context.lineTo(x + size, height - 2 * size);
    context.lineTo(x, height - 1);
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
