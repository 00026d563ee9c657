import type { Line } from './draw-lines.ts';
import { hasOnlyGrown, type ReadLine } from './has-only-grown.ts';
import { partWithin } from './ordered.ts';
import { hasPlace, type Range, type YScale } from './scales.ts';

/** The least and the greatest of some values; low > high without one. */
export interface Extent {
  readonly x: Range;
  readonly y: Range;
  /** The lines are those of the last call, and have only grown at their ends. */
  readonly isContinued: boolean;
}

class Bounds {
  low = Number.POSITIVE_INFINITY;
  high = Number.NEGATIVE_INFINITY;

  /** NaN and infinities do not count. */
  add(value: number): void {
    if (value < this.low && value !== Number.NEGATIVE_INFINITY) this.low = value;
    if (value > this.high && value !== Number.POSITIVE_INFINITY) this.high = value;
  }

  addAll({ low, high }: Range): void {
    if (low < this.low) this.low = low;
    if (high > this.high) this.high = high;
  }
}

/** The bounds of all buckets of a line but the last one. */
interface Held extends ReadLine {
  readonly x: Bounds;
  readonly y: Bounds;
  count: number;
}

/** The bounds of the lines of one chart, in one way of showing them. They are continued while the lines grow at their ends. */
export class Extents {
  private readonly within: Range | undefined;
  private readonly yScale: YScale;
  private held: Held[] = [];

  /** y counts the buckets whose x is within a range only; only values that the scale has a place for. */
  constructor(within: Range | undefined, yScale: YScale) {
    this.within = within;
    this.yScale = yScale;
  }

  of(lines: readonly Line[]): Extent {
    let isContinued = this.held.length === lines.length;
    const held = lines.map((line, at) => {
      const before = this.held[at];
      if (before !== undefined && hasOnlyGrown(before, line)) return before;
      isContinued = false;
      // The last bucket may still move into the range.
      const count = Math.max(0, Math.min(partWithin(line, this.within).from, line.xs.length - 1));
      return { line, revision: line.series.revision, x: new Bounds(), y: new Bounds(), count };
    });
    this.held = held;
    const [x, y] = [new Bounds(), new Bounds()];
    for (const [at, line] of lines.entries()) {
      const of = held[at] as Held;
      const last = line.xs.length - 1;
      const end = Math.min(last, partWithin(line, this.within).to);
      for (; of.count < end; of.count += 1) this.add(line, of.count, of.x, of.y);
      if (last >= 0) this.add(line, last, x, y);
      if (line.isOrdered) x.add(line.xs[0] ?? Number.NaN);
      // Marks of values that are not finite have a place before the first point and after the last one.
      const { marks, steps } = line.series;
      if (line.xs === steps) for (const mark of [marks[0], marks.at(-1)]) x.add(mark?.step ?? Number.NaN);
      x.addAll(of.x);
      y.addAll(of.y);
    }
    return { x, y, isContinued };
  }

  private add({ series, xs, ys, showsRaw }: Line, at: number, x: Bounds, y: Bounds): void {
    const place = xs[at] ?? Number.NaN;
    x.add(place);
    if (this.within !== undefined && (place < this.within.low || place > this.within.high)) return;
    for (const value of [series.min[at], series.max[at], showsRaw ? ys[at] : undefined]) {
      if (value !== undefined && hasPlace(this.yScale, value)) y.add(value);
    }
  }
}
