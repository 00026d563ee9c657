import type { XAxis } from './chart-view.ts';
import { isDrawable, rangeOf, widened } from './ranges.ts';
import { finite, type Range } from './scales.ts';

/** The greatest time of JavaScript, in milliseconds. */
const MOST_MS = 8.64e15;
/** The least and the greatest number of an axis, and its least width: a step, or a millisecond. */
const BOUNDS: Readonly<Record<XAxis, { readonly most: number; readonly width: number }>> = {
  step: { most: Number.MAX_VALUE, width: 1 },
  relative: { most: MOST_MS, width: 1 },
  clock: { most: MOST_MS / 1000, width: 0.001 },
  metric: { most: Number.MAX_VALUE, width: 0 },
};

/** Room beside the lines, as a share of the x axis. */
const X_ROOM = 0.02;

/** Whether a range that an address states can be drawn. Steps beyond 2^53 are as far apart as doubles are. */
export function isDrawableX(x: XAxis, range: Range): boolean {
  const { low, high } = range;
  const { most, width } = BOUNDS[x];
  if (!(low < high) || !Number.isFinite(high - low) || low < -most || high > most) return false;
  if (x === 'metric') return isDrawable(range, 'linear');
  // The difference of two times of now in seconds has an error of less than a microsecond.
  return high - low >= (x === 'clock' ? width / 2 : width);
}

/** The range of a zoom: whole steps, and at least the least width of the axis. */
export function zoomed(x: XAxis, { low, high }: Range): Range {
  if (x === 'metric') return widened({ low, high });
  if (x === 'step') {
    const [first, last] = [Math.floor(low), Math.ceil(high)];
    return first < last ? { low: first, high: last } : { low: before(first), high: after(last) };
  }
  const { width } = BOUNDS[x];
  const middle = low + (high - low) / 2;
  return high - low >= width ? { low, high } : { low: middle - width / 2, high: middle + width / 2 };
}

/** The range that shows all values of the x axis. */
export const rangeOfX = (values: readonly number[]): Range => rangeOf(values, 'linear', X_ROOM);

/** The distance to the next step, which beyond 2^53 is that to the next double. */
const gap = (step: number): number => Math.max(1, Math.abs(step) * Number.EPSILON);
const before = (step: number): number => finite(step - gap(step));
const after = (step: number): number => finite(step + gap(step));
