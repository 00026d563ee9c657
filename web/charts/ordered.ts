import type { Line, Part } from './draw-lines.ts';
import type { Range } from './scales.ts';

/** The first place whose x is `x` or above it, or with `after` above it; the length if there is none. */
function firstFrom(xs: readonly number[], x: number, after = false): number {
  let [low, high] = [0, xs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const each = xs[middle] ?? 0;
    if (each < x || (after && each === x)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The buckets of a line within a range of x, and without an order all of them. */
export function partWithin({ xs, isOrdered }: Pick<Line, 'xs' | 'isOrdered'>, range: Range | undefined): Part {
  if (isOrdered !== true || range === undefined) return { from: 0, to: xs.length };
  return { from: firstFrom(xs, range.low), to: firstFrom(xs, range.high, true) };
}

/** The common part of two, with the bucket after it: the segment that leads out of the range. */
export const visiblePart = (line: Line, range: Range, { from, to }: Part): Part => {
  const within = partWithin(line, range);
  return { from: Math.max(from, within.from), to: Math.min(to, within.to + 1) };
};
