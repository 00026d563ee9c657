import { moments, OUTSIDE, scaleOf } from './summarise.ts';
import { logGammaHalfStep, tCritical, tTwoSided } from './t-distribution.ts';

/** The comparison of two means. */
export interface MeanComparison {
  /** The first mean less the second. */
  readonly difference: number;
  /** The 95 % interval of the difference. */
  readonly ci95: readonly [number, number];
  /** Welch's t, which assumes no equal variances, with the degrees of freedom by Welch and Satterthwaite. */
  readonly t: number;
  readonly df: number;
  /** Two-sided. */
  readonly p: number;
  /** The difference in pooled standard deviations, corrected for small samples. */
  readonly hedges_g: number;
  /** The 95 % interval of `hedges_g` by its large-sample variance (Hedges and Olkin). */
  readonly hedges_g_ci95: readonly [number, number];
}

/** Why two samples cannot be compared. */
export type NotComparable = 'too_few' | 'no_variance' | 'out_of_range';

type Moments = ReturnType<typeof moments>;

const NORMAL_CRITICAL = 1.959963984540054;

/** Compares the means of two samples of finite values, each of two values at least. */
export function compareMeans(a: readonly number[], b: readonly number[]): MeanComparison | NotComparable {
  const [n, m] = [a.length, b.length];
  if (n < 2 || m < 2) return 'too_few';
  const scale = scaleOf([...a, ...b]);
  const [first, second] = [a, b].map((values) => moments(values.map((value) => value * scale))) as [Moments, Moments];
  const [errorA, errorB] = [first.squares / (n - 1) / n, second.squares / (m - 1) / m];
  const error = Math.sqrt(errorA + errorB);
  const difference = first.mean - second.mean;
  // Equal values may differ from their mean by a rounding error.
  const noise = Number.EPSILON * Math.max(Math.abs(first.mean), Math.abs(second.mean));
  if (!(error > noise)) return 'no_variance';
  const df = (errorA + errorB) ** 2 / (errorA ** 2 / (n - 1) + errorB ** 2 / (m - 1));
  const half = tCritical(OUTSIDE, df) * error;
  const g = hedges(difference, Math.sqrt((first.squares + second.squares) / (n + m - 2)), n + m - 2);
  const spread = NORMAL_CRITICAL * Math.sqrt((n + m) / (n * m) + (g * g) / (2 * (n + m)));
  const ci95 = [(difference - half) / scale, (difference + half) / scale] as const;
  if (!ci95.every(Number.isFinite)) return 'out_of_range';
  return {
    difference: difference / scale,
    ci95,
    t: difference / error,
    df,
    p: tTwoSided(difference / error, df),
    hedges_g: g,
    hedges_g_ci95: [g - spread, g + spread],
  };
}

/** The exact correction: gamma(df/2) / (sqrt(df/2) gamma((df-1)/2)). */
function hedges(difference: number, pooled: number, df: number): number {
  const a = (df - 1) / 2;
  return (difference / pooled) * Math.exp(logGammaHalfStep(a) - 0.5 * Math.log(df / 2));
}
