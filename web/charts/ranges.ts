import { finite, hasPlace, type Range, SCALES, type YScale } from './scales.ts';

/** Room above and below the values, as a share of their range. */
const ROOM = 0.05;
/** Room beyond the end that a moving line has reached, as a share of its range, so that the axis does not change with each point. */
const ROOM_TO_GROW = 0.15;
/**
 * The least width of an axis, as a share of the greater of its ends. A narrower one has too few doubles within it for a line, and
 * the numbers at its ticks would differ in their 13th digit.
 */
const LEAST_SHARE = 1e-12;
/** Widths of the least numbers are multiples of the least one. */
const LEAST_WIDTH = 4 * Number.MIN_VALUE;

const leastWidth = ({ low, high }: Range): number =>
  Math.max(LEAST_WIDTH, LEAST_SHARE * Math.max(Math.abs(low), Math.abs(high)));

/** Whether a range that the user has set can be drawn on a scale: both ends have a place, and it is neither too narrow nor too wide. */
export function isDrawable(range: Range, scale: YScale): boolean {
  const { low, high } = range;
  if (!(low < high) || !hasPlace(scale, low) || !hasPlace(scale, high) || !Number.isFinite(high - low)) return false;
  return scale === 'nines' || high - low >= leastWidth(range);
}

/** A range with its own width, or more than the least one if that is narrower. */
export function widened(range: Range): Range {
  const { low, high } = range;
  const least = leastWidth(range);
  if (high - low >= least) return range;
  const middle = low + (high - low) / 2;
  // At an end of the doubles, only one of the halves remains.
  return { low: finite(middle - 2 * least), high: finite(middle + 2 * least) };
}

const EMPTY: Readonly<Record<YScale, Range>> = {
  linear: { low: 0, high: 1 },
  symlog: { low: 0, high: 1 },
  log: { low: 0.1, high: 10 },
  nines: { low: 0, high: 0.99 },
};

/** The range of an axis that shows all these values; NaN and infinities do not count, nor values without a place. */
export function rangeOf(values: Iterable<number>, scale: YScale, share = ROOM): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!hasPlace(scale, value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low > high ? EMPTY[scale] : padded({ low, high }, scale, share);
}

/** A range with room at both ends, on the scale. */
function padded({ low, high }: Range, scale: YScale, share: number): Range {
  const { to, from } = SCALES[scale];
  if (scale === 'linear' || (scale === 'symlog' && low === high)) {
    // Each product by itself: the difference of two doubles may be none.
    const room = high > low ? high * share - low * share : low === 0 ? 1 : Math.abs(low) * ROOM;
    return widened({ low: finite(low - room), high: finite(high + room) });
  }
  if (scale === 'symlog') {
    const room = (to(high) - to(low)) * share;
    return widened(around({ low, high }, { low: from(to(low) - room), high: from(to(high) + room) }));
  }
  if (scale === 'log') {
    const factor = low === high ? 2 : 1.1;
    return { low: Math.max(Number.MIN_VALUE, low / factor), high: finite(high * factor) };
  }
  const room = (to(high) - to(low)) * ROOM || 0.1;
  const range = around({ low, high }, { low: from(to(low) - room), high: from(to(high) + room) });
  return range.low < range.high ? range : { low: from(to(high) - 1), high };
}

/** A range without a rounding that would leave out the ends of another. */
const around = (inner: Range, outer: Range): Range => ({
  low: Math.min(inner.low, outer.low),
  high: Math.max(inner.high, outer.high),
});

/** The range of an axis over moving lines: the held one as long as it shows everything, else one with room on the side that grew. */
export function grownRange(held: Range, { low, high }: Range, scale: YScale): Range {
  if (low > high || (low >= held.low && high <= held.high)) return held;
  if (scale === 'nines') return rangeOf([Math.min(low, held.low), Math.max(high, held.high)], scale);
  const { to, from } = SCALES[scale];
  const room = to(held.high) * ROOM_TO_GROW - to(held.low) * ROOM_TO_GROW;
  return widened({
    low: low < held.low ? Math.min(low, from(to(low) - room)) : held.low,
    high: high > held.high ? Math.max(high, from(to(high) + room)) : held.high,
  });
}

/** The ends of a range with as many digits as its width needs: a thousandth of it. */
export function rangeTexts({ low, high }: Range): readonly [string, string] {
  const size = Math.max(Math.abs(low), Math.abs(high)) / (high - low);
  const digits = Math.min(17, Math.max(6, 4 + Math.ceil(Math.log10(size)) || 17));
  const text = (value: number): string => String(Number(value.toPrecision(digits)));
  return [text(low), text(high)];
}
