/** `nines`: the distance to 1 is logarithmic, so that 0.9, 0.99 and 0.999 are as far apart, as accuracies need it. */
export type YScale = 'linear' | 'log' | 'symlog' | 'nines';

/** Whether a scale has a place for a value. */
export const hasPlace = (scale: YScale, value: number): boolean =>
  Number.isFinite(value) && !(scale === 'log' && value <= 0) && !(scale === 'nines' && value >= 1);

const same = (value: number): number => value;
/** Each scale is linear after its function. */
export const SCALES: Readonly<Record<YScale, { to: (value: number) => number; from: (place: number) => number }>> = {
  linear: { to: same, from: same },
  log: { to: Math.log10, from: (place) => 10 ** place },
  symlog: { to: Math.asinh, from: Math.sinh },
  nines: { to: (value) => -Math.log10(1 - value), from: (place) => 1 - 10 ** -place },
};

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Room above and below the values, as a share of their range. */
const ROOM = 0.05;

/** The range of an axis that shows all these values; NaN and infinities do not count, nor values without a place. */
export function rangeOf(values: Iterable<number>, scale: YScale, share = ROOM): Range {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!hasPlace(scale, value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (scale === 'nines') return ninesRange(low, high);
  if (low > high) return scale === 'log' ? { low: 0.1, high: 10 } : { low: 0, high: 1 };
  if (scale === 'log') return low === high ? { low: low / 2, high: high * 2 } : { low: low / 1.1, high: high * 1.1 };
  const room = high > low ? (high - low) * share : Math.abs(low) * ROOM || 1;
  return { low: finite(low - room), high: finite(high + room) };
}

function ninesRange(low: number, high: number): Range {
  if (low > high) return { low: 0, high: 0.99 };
  const { to, from } = SCALES.nines;
  const room = (to(high) - to(low)) * ROOM || 0.1;
  return { low: from(to(low) - room), high: from(to(high) + room) };
}

/** Room beyond the end that a moving line has reached, as a share of its range, so that the axis does not change with each point. */
const ROOM_TO_GROW = 0.15;

/** The range of an axis over moving lines: the held one as long as it shows everything, else one with room on the side that grew. */
export function grownRange(held: Range, { low, high }: Range, scale: YScale): Range {
  if (low > high || (low >= held.low && high <= held.high)) return held;
  if (scale === 'nines') return ninesRange(Math.min(low, held.low), Math.max(high, held.high));
  const ratio = (held.high / held.low) ** ROOM_TO_GROW;
  const room = (held.high - held.low) * ROOM_TO_GROW;
  const [below, above] = scale === 'log' ? [low / ratio, high * ratio] : [low - room, high + room];
  return {
    low: low < held.low ? finite(below) : held.low,
    high: high > held.high ? finite(above) : held.high,
  };
}

const finite = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));

/** A function from values to pixels: it maps `low` to `atLow` and `high` to `atHigh`. A value without a place gives NaN. */
export function mapping(scale: YScale, { low, high }: Range, atLow: number, atHigh: number): (value: number) => number {
  const transform = SCALES[scale].to;
  const [from, to] = [transform(low), transform(high)];
  const factor = to === from ? 0 : (atHigh - atLow) / (to - from);
  return (value) => {
    if (scale !== 'linear' && !hasPlace(scale, value)) return Number.NaN;
    return atLow + (transform(value) - from) * factor;
  };
}
