import { formatDigits } from './number.ts';

const MOST_DIGITS = 17;
/** A text differs from its tick by less than this share of the distance to the next tick. */
const TOLERANCE = 0.01;

/**
 * The texts of ascending ticks, with as many digits as tell them apart, and no more.
 *
 * @param width of the axis, from which a single tick takes its digits.
 */
export function tickTexts(ticks: readonly number[], width = Number.POSITIVE_INFINITY): string[] {
  const digits = Math.max(1, ...ticks.map((tick, at) => digitsOf(tick, gapOf(ticks, at, width))));
  return ticks.map((tick) => formatDigits(tick, digits));
}

/** The distance to the nearest tick; of a single tick its size, or the width of the axis. */
function gapOf(ticks: readonly number[], at: number, width: number): number {
  const tick = ticks[at] ?? 0;
  const distances = [at - 1, at + 1].flatMap((other) => {
    const neighbour = ticks[other];
    return neighbour === undefined ? [] : [Math.abs(neighbour - tick)];
  });
  return distances.length === 0 ? Math.min(Math.abs(tick), width) : Math.min(...distances);
}

function digitsOf(tick: number, gap: number): number {
  for (let digits = 1; digits < MOST_DIGITS; digits += 1) {
    if (Math.abs(Number(tick.toPrecision(digits)) - tick) <= gap * TOLERANCE) return digits;
  }
  return MOST_DIGITS;
}
