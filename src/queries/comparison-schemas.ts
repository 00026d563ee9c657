import { ref, type Schema } from '../http/openapi/kinds.ts';
import { AS_OF, arrayOf, COUNT, members, NUMBER, NUMBER_OR_NULL, RESOLUTION, TEXT } from './schema-kinds.ts';

const INTERVAL: Schema = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 };
const INTERVAL_OR_NULL: Schema = { ...INTERVAL, type: ['array', 'null'], description: '95 % interval of the mean.' };

/** The answers that compare groups of trials: by their final metrics, and by the course of one metric. */
export const COMPARISON_SCHEMAS: Readonly<Record<string, Schema>> = {
  ComparedGroup: members({
    group: {
      ...arrayOf(ref('ParameterValue')),
      description: 'The value of each member of `group_by`; null without it.',
    },
    trials: { ...COUNT, description: 'Trials of the group: `n` and those of `left_out`.' },
    n: { ...COUNT, description: 'Trials with a finite value; all figures are theirs.' },
    mean: NUMBER_OR_NULL,
    sd: {
      ...NUMBER_OR_NULL,
      description: 'Standard deviation of the sample; null for fewer than two values, or beyond a double.',
    },
    ci95: INTERVAL_OR_NULL,
    min: NUMBER_OR_NULL,
    q1: NUMBER_OR_NULL,
    median: NUMBER_OR_NULL,
    q3: NUMBER_OR_NULL,
    max: NUMBER_OR_NULL,
    best: { anyOf: [members({ model_run_id: TEXT, trial_id: TEXT, value: { type: 'number' } }), { type: 'null' }] },
    left_out: members({ no_value: COUNT, nan: COUNT, infinite: COUNT }),
  }),
  MetricTest: {
    description: "The second group against the first by Welch's t-test, or the reason why they cannot be compared.",
    anyOf: [
      members({
        reason: { type: 'null' },
        difference: { type: 'number' },
        ci95: INTERVAL,
        t: { type: 'number' },
        df: { type: 'number' },
        p: { type: 'number', minimum: 0, maximum: 1 },
        p_holm: { type: 'number', minimum: 0, maximum: 1, description: 'Adjusted by Holm over all metrics.' },
        hedges_g: { type: 'number' },
        hedges_g_ci95: INTERVAL,
      }),
      members({ reason: { enum: ['too_few', 'no_variance', 'out_of_range'] } }),
      { type: 'null' },
    ],
  },
  Comparison: members({
    group_by: arrayOf(TEXT),
    best: { enum: ['max', 'min'] },
    trials: { ...COUNT, description: 'All trials that match: every one of them is in a group, none is sampled.' },
    resolution: { enum: ['exact'] },
    source: { enum: ['final_metrics'] },
    metrics: arrayOf(
      members({
        metric: TEXT,
        groups: arrayOf(ref('ComparedGroup')),
        groups_left_out: { ...COUNT, description: 'Groups beyond the 200 with the most trials.' },
        test: ref('MetricTest'),
      }),
    ),
    ...AS_OF,
  }),
  GroupCurve: members({
    group: arrayOf(ref('ParameterValue')),
    trials: { ...COUNT, description: 'Trials of the group that have points of the metric, of those that were read.' },
    nonfinite: { ...COUNT, description: 'Points that are NaN or infinite; they count in no column.' },
    step: { ...arrayOf(ref('Exact')), description: 'The first step of each bucket that has a value.' },
    n: {
      ...arrayOf(COUNT),
      description: 'Trials with a value in the bucket; the number falls where trials have ended.',
    },
    mean: {
      ...arrayOf(NUMBER),
      description:
        'The mean of the last finite value of each trial in the bucket. The quartiles are those of the same values.',
    },
    min: { ...arrayOf(NUMBER), description: 'The least finite point of the bucket.' },
    q1: arrayOf(NUMBER),
    median: arrayOf(NUMBER),
    q3: arrayOf(NUMBER),
    max: { ...arrayOf(NUMBER), description: 'The greatest finite point of the bucket.' },
  }),
  Curves: members({
    metric: TEXT,
    group_by: arrayOf(TEXT),
    trials: { ...COUNT, description: 'All trials that match.' },
    trials_read: {
      ...COUNT,
      description: 'Those whose points were read: all, or a sample that is the same each time.',
    },
    resolution: RESOLUTION,
    source: { enum: ['table', 'rollups', 'both'] },
    trials_rolled_up: { ...COUNT, description: 'Trials of `trials_read` that were read from roll-ups.' },
    bucket_steps: ref('Exact'),
    curves: arrayOf(ref('GroupCurve')),
    groups_left_out: { ...COUNT, description: 'Groups beyond the 20 with the most trials.' },
    ...AS_OF,
  }),
};
