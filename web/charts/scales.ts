export type YScale = 'linear' | 'log' | 'symlog';

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Room above and below the values, as a share of their range. */
const ROOM = 0.05;

/** The range of an axis that shows all these values; NaN and infinities do not count, nor values <= 0 on a log axis. */
export function rangeOf(values: Iterable<number>, scale: YScale, share = ROOM): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value) || (scale === 'log' && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return scale === 'log' ? { low: 0.1, high: 10 } : { low: 0, high: 1 };
  if (scale === 'log') return low === high ? { low: low / 2, high: high * 2 } : { low: low / 1.1, high: high * 1.1 };
  const room = high > low ? (high - low) * share : Math.abs(low) * ROOM || 1;
  return { low: finite(low - room), high: finite(high + room) };
}

/** Room beyond the end that a moving line has reached, as a share of its range, so that the axis does not change with each point. */
const ROOM_TO_GROW = 0.15;

/** The range of an axis over moving lines: the held one as long as it shows everything, else one with room on the side that grew. */
export function grownRange(held: Range, { low, high }: Range, scale: YScale): Range {
  if (low > high || (low >= held.low && high <= held.high)) return held;
  const ratio = (held.high / held.low) ** ROOM_TO_GROW;
  const room = (held.high - held.low) * ROOM_TO_GROW;
  const [below, above] = scale === 'log' ? [low / ratio, high * ratio] : [low - room, high + room];
  return {
    low: low < held.low ? finite(below) : held.low,
    high: high > held.high ? finite(above) : held.high,
  };
}

const finite = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));

/**
 * A function from values to pixels that is linear after `transform`: it maps `low` to `atLow` and `high` to `atHigh`. Values
 * <= 0 of a log axis give NaN; the caller marks them at the foot.
 */
export function mapping(scale: YScale, { low, high }: Range, atLow: number, atHigh: number): (value: number) => number {
  const transform = scale === 'log' ? Math.log10 : scale === 'symlog' ? Math.asinh : (value: number) => value;
  const [from, to] = [transform(low), transform(high)];
  const factor = to === from ? 0 : (atHigh - atLow) / (to - from);
  return (value) => {
    if (scale === 'log' && value <= 0) return Number.NaN;
    return atLow + (transform(value) - from) * factor;
  };
}
