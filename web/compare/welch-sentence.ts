import type { ComparedGroup, MetricTest } from '../../src/queries/shapes.ts';
import { formatNumber, formatP } from '../format/number.ts';

/** A group with fewer values has too little to say about its mean. */
const FEW = 5;

/** The size of Hedges' g in words (Cohen 1988: 0.2, 0.5, 0.8). */
function sizeOf(g: number): string {
  const size = Math.abs(g);
  if (size < 0.2) return 'negligible';
  if (size < 0.5) return 'small';
  return size < 0.8 ? 'medium' : 'large';
}

/** The comparison of two groups in words, with every figure that a judgement of it needs. */
export function welchSentence(
  [first, second]: readonly [ComparedGroup, ComparedGroup],
  [firstName, secondName]: readonly [string, string],
  test: MetricTest | null,
  metrics: number,
): string {
  const counts = `n = ${first.n} and ${second.n}`;
  if (test === null) return '';
  if (test.reason === 'too_few' || first.n < FEW || second.n < FEW) return `Too few trials to tell (${counts}).`;
  if (test.reason === 'out_of_range') {
    return `The difference of the means has an interval beyond the greatest double, so there is no test (${counts}).`;
  }
  if (test.reason !== null) return `All values of a group are equal, so there is no test (${counts}).`;
  const { difference, ci95, t, df, p, p_holm, hedges_g } = test;
  const direction = difference >= 0 ? 'higher' : 'lower';
  const sign = difference >= 0 ? 1 : -1;
  const [low, high] = ci95.map((end) => end * sign).sort((a, b) => a - b);
  const holm = metrics > 1 ? `, ${formatP(p_holm)} adjusted for ${metrics} metrics` : '';
  return (
    `${secondName} is ${formatNumber(Math.abs(difference))} ${direction} on average than ${firstName} ` +
    `(95 % interval ${formatNumber(low)} to ${formatNumber(high)}; Welch's t = ${formatNumber(t)}, ` +
    `df = ${formatNumber(df)}, p = ${formatP(p)}${holm}; Hedges' g = ${formatNumber(hedges_g)}, ` +
    `${sizeOf(hedges_g)}), from ${counts} trials.`
  );
}

export const NOT_INDEPENDENT =
  'Trials of an adaptive search are not independent draws: its sampler returns to regions that were good. Take the p-value ' +
  'as a guide.';
