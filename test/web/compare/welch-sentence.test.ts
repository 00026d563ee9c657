import { expect, test } from '@jest/globals';
import type { ComparedGroup, MetricTest } from '../../../src/queries/shapes.ts';
import { welchSentence } from '../../../web/compare/welch-sentence.ts';

const group = (n: number): ComparedGroup => ({
  group: [true],
  trials: n,
  n,
  mean: 0.9,
  sd: 0.01,
  ci95: [0.89, 0.91],
  min: 0.88,
  q1: 0.89,
  median: 0.9,
  q3: 0.91,
  max: 0.92,
  best: null,
  left_out: { no_value: 0, nan: 0, infinite: 0 },
});

const welch: MetricTest = {
  reason: null,
  difference: 0.012,
  ci95: [0.003, 0.021],
  t: 2.9,
  df: 21.4,
  p: 0.009,
  p_holm: 0.018,
  hedges_g: 0.94,
  hedges_g_ci95: [0.1, 1.8],
};

const say = (n: number, m: number, test: MetricTest | null, metrics = 1) =>
  welchSentence([group(n), group(m)], ['without', 'with'], test, metrics);

test.each([
  [
    'a difference',
    say(12, 13, welch),
    "with is 0.012 higher on average than without (95 % interval 0.003 to 0.021; Welch's t = 2.9, df = 21.4, p = 0.009; Hedges' g = 0.94, large), from n = 12 and 13 trials.",
  ],
  [
    'a negative one of two metrics',
    say(12, 13, { ...welch, difference: -0.012, ci95: [-0.021, -0.003], t: -2.9, hedges_g: -0.3 }, 2),
    "with is 0.012 lower on average than without (95 % interval 0.003 to 0.021; Welch's t = −2.9, df = 21.4, p = 0.009, 0.018 adjusted for 2 metrics; Hedges' g = −0.3, small), from n = 12 and 13 trials.",
  ],
  ['few trials', say(3, 4, welch), 'Too few trials to tell (n = 3 and 4).'],
  ['too few for a test', say(1, 40, { reason: 'too_few' }), 'Too few trials to tell (n = 1 and 40).'],
  [
    'equal values',
    say(9, 9, { reason: 'no_variance' }),
    'All values of a group are equal, so there is no test (n = 9 and 9).',
  ],
  [
    'values whose difference is beyond a double',
    say(9, 9, { reason: 'out_of_range' }),
    'The difference of the means has an interval beyond the greatest double, so there is no test (n = 9 and 9).',
  ],
  ['no test', say(9, 9, null), ''],
])('%s', (_, sentence, expected) => {
  expect(sentence).toBe(expected);
});
