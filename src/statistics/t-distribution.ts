const LANCZOS: readonly number[] = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/** The logarithm of the gamma function for a positive number, by Lanczos' approximation (g = 7, n = 9). */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const z = x - 1;
  const t = z + 7.5;
  const series = LANCZOS.reduce((sum, coefficient, index) =>
    index === 0 ? coefficient : sum + coefficient / (z + index),
  );
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(series);
}

/** From here on the asymptotic series has every digit of a double. */
const ASYMPTOTIC = 40;

/** ln(gamma(a + 1/2) / gamma(a)). The difference of two great logarithms would lose the digits that matter. */
export function logGammaHalfStep(a: number): number {
  if (a < ASYMPTOTIC) return logGamma(a + 0.5) - logGamma(a);
  const r = 1 / a;
  const r2 = r * r;
  return 0.5 * Math.log(a) - r * (1 / 8 - r2 * (1 / 192 - r2 * (1 / 640 - (r2 * 17) / 14336)));
}

const TINY = 1e-300;
const EPSILON = 1e-16;
const MOST_TERMS = 100_000;

const awayFromZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);

/** The continued fraction of the incomplete beta function, by Lentz' method. */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m < MOST_TERMS; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / awayFromZero(1 + even * d);
    c = awayFromZero(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / awayFromZero(1 + odd * d);
    c = awayFromZero(1 + odd / c);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < EPSILON) break;
  }
  return fraction;
}

/**
 * P(|T| > t) of Student's t distribution: the regularised incomplete beta function I_x(df/2, 1/2) at x = df / (df + t^2).
 *
 * @param df degrees of freedom, any positive number.
 */
export function tTwoSided(t: number, df: number): number {
  const square = t * t;
  if (square === 0) return 1;
  if (!Number.isFinite(square)) return 0;
  const [a, b] = [df / 2, 0.5];
  const x = df / (df + square);
  const rest = square / (df + square);
  const logBeta = 0.5 * Math.log(Math.PI) - logGammaHalfStep(a);
  const front = Math.exp(-a * Math.log1p(square / df) + b * Math.log(rest) - logBeta);
  if (x < (a + 1) / (a + b + 2)) return (front * betaFraction(a, b, x)) / a;
  return 1 - (front * betaFraction(b, a, rest)) / b;
}

/** The value that |T| exceeds with this probability: the half width of an interval of 1 - `probability` in standard errors. */
export function tCritical(probability: number, df: number): number {
  let low = 0;
  let high = 2;
  while (tTwoSided(high, df) > probability) [low, high] = [high, high * 2];
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    if (tTwoSided(middle, df) > probability) low = middle;
    else high = middle;
  }
}
