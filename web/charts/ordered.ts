import { firstIndex } from '../data/first-index.ts';
import type { Line, Part } from './draw-lines.ts';
import type { Range } from './scales.ts';

/** The buckets of a line within a range of x, and without an order all of them. */
export function partWithin({ xs, isOrdered }: Pick<Line, 'xs' | 'isOrdered'>, range: Range | undefined): Part {
  if (isOrdered !== true || range === undefined) return { from: 0, to: xs.length };
  return {
    from: firstIndex(xs.length, (at) => (xs[at] ?? 0) < range.low),
    to: firstIndex(xs.length, (at) => (xs[at] ?? 0) <= range.high),
  };
}

/** The common part of two, with the bucket after it: the segment that leads out of the range. */
export const visiblePart = (line: Line, range: Range, { from, to }: Part): Part => {
  const within = partWithin(line, range);
  return { from: Math.max(from, within.from), to: Math.min(to, within.to + 1) };
};
