/** `nines`: the distance to 1 is logarithmic, so that 0.9, 0.99 and 0.999 are as far apart, as accuracies need it. */
export type YScale = 'linear' | 'log' | 'symlog' | 'nines';

/** Whether a scale has a place for a value. */
export const hasPlace = (scale: YScale, value: number): boolean =>
  Number.isFinite(value) && !(scale === 'log' && value <= 0) && !(scale === 'nines' && value >= 1);

/** The greatest number below 1. */
const BELOW_ONE = 1 - Number.EPSILON / 2;

/** A double nearest to a value that may be beyond the greatest one. */
export const finite = (value: number): number => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));

const same = (value: number): number => value;
/** Each scale is linear after its function. The inverse returns a value that has a place, also at the ends of the doubles. */
export const SCALES: Readonly<Record<YScale, { to: (value: number) => number; from: (place: number) => number }>> = {
  linear: { to: same, from: finite },
  log: { to: Math.log10, from: (place) => Math.max(Number.MIN_VALUE, finite(10 ** place)) },
  symlog: { to: Math.asinh, from: (place) => finite(Math.sinh(place)) },
  nines: {
    to: (value) => -Math.log10(1 - value),
    from: (place) => Math.min(BELOW_ONE, finite(1 - 10 ** -place)),
  },
};

export interface Range {
  readonly low: number;
  readonly high: number;
}

export const isSameRange = (a: Range, b: Range): boolean => a.low === b.low && a.high === b.high;

/** Places beyond this many lengths of an axis are drawn there: a line to them has the same slope within the axis. */
const FAR = 10_000;

/**
 * A function from values to places on an axis: 0 is at `low` and 1 at `high`. A value without a place gives NaN, every other one
 * a number. Halves keep the difference of the greatest doubles finite.
 */
export function placing(scale: YScale, { low, high }: Range): (value: number) => number {
  const { to } = SCALES[scale];
  const [from, end] = [to(low), to(high)];
  const width = end - from;
  return (value) => {
    if (!hasPlace(scale, value)) return Number.NaN;
    if (width === 0) return 0.5;
    const at = to(value);
    const place = Number.isFinite(width) ? (at - from) / width : (at / 2 - from / 2) / (end / 2 - from / 2);
    return Math.max(-FAR, Math.min(FAR, place));
  };
}

/** The value at a place of an axis: the inverse of {@link placing}. */
export function valueAt(scale: YScale, { low, high }: Range, place: number): number {
  const { to, from } = SCALES[scale];
  const [first, last] = [to(low), to(high)];
  const width = last - first;
  return from(Number.isFinite(width) ? first + place * width : first * (1 - place) + last * place);
}

/** A function from values to pixels: it maps `low` to `atLow` and `high` to `atHigh`. A value without a place gives NaN. */
export function mapping(scale: YScale, range: Range, atLow: number, atHigh: number): (value: number) => number {
  const place = placing(scale, range);
  return (value) => atLow + place(value) * (atHigh - atLow);
}
