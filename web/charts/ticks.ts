/** Round values between `low` and `high`, about `count` of them: multiples of 1, 2 or 5 times a power of ten. */
export function ticksOf(low: number, high: number, count: number): number[] {
  const rough = (high - low) / count;
  if (!(rough > 0) || !Number.isFinite(rough)) return [low];
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((each) => each >= rough) ?? rough;
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  // A multiple of an integer, so that no rounding adds up.
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) =>
    Number(((first + at) * step).toPrecision(12)),
  );
}

/** The powers of ten between two values above 0, or with few of them their multiples by 2 and 5 too. */
export function logTicksOf(low: number, high: number): number[] {
  const powers = Math.floor(Math.log10(high)) - Math.ceil(Math.log10(low)) + 1;
  const digits = powers >= 3 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); power += 1) {
    for (const digit of digits) ticks.push(Number((digit * 10 ** power).toPrecision(12)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** Values whose distance to 1 is a power of ten or half of one, such as 0.5, 0.9, 0.95 and 0.99; with few of them a fifth too. */
export function ninesTicksOf(low: number, high: number): number[] {
  const [first, last] = [Math.floor(-Math.log10(1 - low)), Math.ceil(-Math.log10(1 - high))];
  const digits = last - first > 2 ? [10, 5] : [10, 5, 2];
  const ticks: number[] = [];
  for (let power = first; power <= last; power += 1) {
    for (const digit of digits) ticks.push(Number((1 - digit * 10 ** (-power - 1)).toPrecision(12)));
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}
