/** The least of 1, 2 or 5 times a power of ten that is `rough` or above it. */
function roundStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((digit) => digit * power).find((each) => each >= rough) ?? rough;
}

/** The multiples of a step from `low` to `high`. Each is a product with an integer, so that no rounding adds up. */
function multiplesOf(step: number, low: number, high: number, most: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // A product of integers has no digits to be rounded away.
  const isExact = Number.isInteger(step) && step < Number.MAX_SAFE_INTEGER;
  const ticks = Array.from({ length: Math.max(0, Math.min(most, last - first + 1)) }, (_, at) => {
    const tick = (first + at) * step;
    return isExact ? tick + 0 : Number(tick.toPrecision(15));
  });
  // Near the ends of the doubles, multiples are not finite or the same.
  return [...new Set(ticks.filter(Number.isFinite))];
}

/** Round values between `low` and `high`, about `count` of them: multiples of 1, 2 or 5 times a power of ten. */
export function ticksOf(low: number, high: number, count: number): number[] {
  if (!(high > low)) return [low];
  const rough = high / count - low / count;
  // A share of the least numbers is 0.
  const step = Math.max(Number.MIN_VALUE, rough > 0 && Number.isFinite(rough) ? roundStep(rough) : rough);
  return multiplesOf(step, low, high, 2 * count + 2);
}

/** Integers between `low` and `high`, at most about `count` of them; none if there is none. */
export function integerTicksOf(low: number, high: number, count: number): number[] {
  const step = Math.max(1, roundStep(Math.max(1, high / count - low / count)));
  return multiplesOf(step, low, high, 2 * count + 2).filter((tick) => tick >= low && tick <= high);
}

/** Every power of ten whose exponent is a multiple of a step, so that there are `most` at the most. */
function powersOf(low: number, high: number, most: number): number[] {
  const [first, last] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const stride = Math.max(1, roundStep((last - first + 1) / most));
  const powers: number[] = [];
  for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride) {
    powers.push(Number(`1e${power}`));
  }
  return powers.filter((tick) => tick >= low && tick <= high);
}

const MOST_POWERS = 8;
/** About this many ticks of a range within which another scale has none. */
const LINEAR = 5;

/**
 * The powers of ten between two values above 0, or with few of them their multiples by 2 and 5 too. A range within one of these has
 * the ticks of a linear axis.
 */
export function logTicksOf(low: number, high: number, most = MOST_POWERS): number[] {
  const [least, greatest] = [Math.log10(low), Math.log10(high)];
  const powers = powersOf(low, high, most);
  if (Math.floor(greatest) - Math.ceil(least) >= 2 && powers.length > 1) return powers;
  const ticks: number[] = [];
  for (let power = Math.floor(least); power <= greatest; power += 1) {
    for (const digit of [1, 2, 5]) ticks.push(Number(`${digit}e${power}`));
  }
  const found = ticks.filter((tick) => tick >= low && tick <= high);
  return found.length > 1 ? found : ticksOf(low, high, LINEAR);
}

/** 0 and the powers of ten of both signs, where the scale is logarithmic; else the ticks of a linear axis. */
export function symlogTicksOf(low: number, high: number, most = MOST_POWERS): number[] {
  const share = low < -1 && high > 1 ? Math.ceil(most / 2) : most;
  const above = high > 1 ? powersOf(Math.max(1, low), high, share) : [];
  const below = low < -1 ? powersOf(Math.max(1, -high), -low, share) : [];
  const ticks = [...below.toReversed().map((tick) => -tick), ...(low <= 0 && high >= 0 ? [0] : []), ...above];
  return above.length + below.length >= 2 ? ticks : ticksOf(low, high, LINEAR);
}

/** Values whose distance to 1 is a power of ten or half of one, such as 0.5, 0.9, 0.95 and 0.99; with few of them a fifth too. */
export function ninesTicksOf(low: number, high: number): number[] {
  const [first, last] = [Math.floor(-Math.log10(1 - low)), Math.ceil(-Math.log10(1 - high))];
  const stride = Math.max(1, roundStep((last - first) / MOST_POWERS));
  const digits = stride > 1 ? [10] : last - first > 2 ? [10, 5] : [10, 5, 2];
  const ticks: number[] = [];
  for (let power = first; power <= last; power += stride) {
    for (const digit of digits) ticks.push(Number((1 - digit * 10 ** (-power - 1)).toPrecision(15)));
  }
  // Near 1, distances differ in digits that a double does not have.
  const found = [...new Set(ticks)].filter((tick) => tick >= low && tick <= high);
  return found.length > 1 ? found : ticksOf(low, high, LINEAR).filter((tick) => tick < 1);
}
