import { DEFAULT_INTERVALS, MOST_INTERVALS } from './adoption.ts';
import { DEFAULT_CURVE_BUCKETS, DEFAULT_CURVE_TRIALS, MOST_CURVE_BUCKETS, MOST_CURVE_TRIALS } from './curves.ts';
import { answers } from './operations.ts';
import { FILTER, GROUP_BY, inQuery, RUN, TRIAL } from './parameters.ts';

export const CURVES = answers('Curves', 'The curves of the groups.', {
  summary: 'Shows the course of a metric in groups of trials',
  description:
    'Points of the latest attempt at each trial, in buckets of steps. A trial counts in a bucket by its last finite value there, ' +
    'and `n` is the number of trials that have one: where trials end, the mean is that of the others. Points that are NaN or ' +
    'infinite are counted in `nonfinite` and in no figure. `trials_read` shows whether all trials were read.',
  parameters: [
    ...FILTER,
    inQuery('metric', { description: 'A metric that has points.', required: true, example: 'loss' }),
    GROUP_BY,
    inQuery('buckets', {
      description: `Buckets of steps, at most; ${DEFAULT_CURVE_BUCKETS} if absent.`,
      schema: { type: 'integer', minimum: 1, maximum: MOST_CURVE_BUCKETS },
      example: 50,
    }),
    inQuery('trials_most', {
      description: `Trials whose points are read, at most; ${DEFAULT_CURVE_TRIALS} if absent. Of more, an even sample is read that is the same each time.`,
      schema: { type: 'integer', minimum: 1, maximum: MOST_CURVE_TRIALS },
    }),
  ],
  problems: ['index_incomplete'],
});

export const ADOPTION = answers('Adoption', 'Trials by the time of their start.', {
  summary: 'Counts trials with and without spectral norm over time',
  description: 'Trials by the interval of their start. A trial that did not state `spectral_norm` counts as without.',
  parameters: [
    ...FILTER,
    inQuery('intervals', {
      description: `Intervals from the first start to the last, at most; ${DEFAULT_INTERVALS} if absent.`,
      schema: { type: 'integer', minimum: 1, maximum: MOST_INTERVALS },
      example: 24,
    }),
  ],
  problems: ['index_incomplete'],
});

export const TRIAL_EVENTS = answers('TrialEvents', 'The events.', {
  summary: 'Lists the events whose values a trial has',
  description:
    'Every part of a trial has the values of one event or command. Events whose values later ones have replaced are not listed, nor ' +
    'are metric points.',
  parameters: [RUN, TRIAL],
  problems: ['not_found'],
});
