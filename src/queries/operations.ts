import { ref, type Schema } from '../http/openapi/kinds.ts';
import type { Operation } from '../http/route.ts';
import { DEFAULT_RUNS, MOST_RUNS } from './list-runs.ts';
import { DEFAULT_TRIALS, MOST_TRIALS } from './list-trials.ts';
import {
  CURSOR,
  FILTER,
  FURTHER_RUNS,
  GROUP_BY,
  inPath,
  inQuery,
  LIMIT,
  RUN,
  SERIES,
  STATUS,
  several,
  TRIAL,
} from './parameters.ts';
import { MOST_RECENT_POINTS } from './recent-of-trials.ts';
import { QUERY_SCHEMAS } from './schemas.ts';
import { MOST_TRIALS_OF_SERIES } from './show-series.ts';

const HEADERS: Schema = {
  ETag: { description: 'The ETag of the content without `as_of`.', schema: { type: 'string' } },
  'Thunderline-As-Of': { description: 'The same as `as_of`.', schema: { type: 'string' } },
};

/** An operation that answers with a schema, or with 304 to a request with `If-None-Match`. */
export const answers = (schema: string, description: string, operation: Omit<Operation, 'responses'>): Operation => ({
  ...operation,
  responses: {
    200: { description, headers: HEADERS, content: { 'application/json': { schema: ref(schema) } } },
    304: { description: 'The client has the content already: `If-None-Match` names its ETag.', headers: HEADERS },
  },
  problems: ['query_too_heavy', ...(operation.problems ?? [])],
  schemas: QUERY_SCHEMAS,
});

export const LIST_RUNS = answers('RunList', 'A page of runs.', {
  summary: 'Lists runs',
  description:
    'The run with the newest start first. A run without a start has the place of the start of its first trial, or else of its first ' +
    'event. A key that is bound to runs gets only those runs.',
  parameters: [
    STATUS,
    inQuery('q', { description: 'A part of the run id, in any case.', example: 'study' }),
    LIMIT(MOST_RUNS, DEFAULT_RUNS),
    CURSOR,
  ],
  problems: ['cursor_mismatch', 'index_incomplete'],
});

export const SHOW_RUN = answers('RunDetail', 'The run.', {
  summary: 'Shows a run',
  parameters: [RUN],
  problems: ['not_found', 'index_incomplete'],
});

export const LIST_TRIALS = answers('TrialList', 'A page of trials.', {
  summary: 'Lists trials',
  description:
    'All conditions must hold. Pages stay stable while trials arrive: a page starts after the last trial of the page before it. ' +
    'Trials without the value that the list is sorted by come last, and NaN before them.',
  parameters: [
    ...FILTER,
    inQuery('sort', {
      description:
        '`started_at`, `completed_at`, `duration_ms`, `rank`, `status`, `trial_id`, `metric.NAME` or `param.NAME`; `-` in front ' +
        'reverses the order. `-started_at` if absent.',
      schema: {
        type: 'string',
        pattern: '^-?(?:started_at|completed_at|duration_ms|rank|status|trial_id|(?:metric|param)\\.[^\\u0000]+)$',
      },
      example: '-metric.val_accuracy',
    }),
    inQuery('column', {
      description:
        'A parameter or final metric to return with each trial: `param.NAME` or `metric.NAME`. May be repeated.',
      schema: several({ type: 'string', pattern: '^(?:metric|param)\\.[^\\u0000]+$' }, 49),
      example: ['param.lr', 'metric.val_accuracy'],
    }),
    inQuery('recent', {
      description:
        'The number of points to return with each trial, as `recent`: the last ones of `val_accuracy`, `accuracy`, `val_loss` or ' +
        '`loss`, whichever it has first in this order, else of its first metric by name.',
      schema: { type: 'integer', minimum: 1, maximum: MOST_RECENT_POINTS },
      example: 60,
    }),
    LIMIT(MOST_TRIALS, DEFAULT_TRIALS),
    CURSOR,
  ],
  problems: ['cursor_mismatch', 'index_incomplete'],
});

export const SHOW_TRIAL = answers('TrialDetail', 'The trial.', {
  summary: 'Shows a trial',
  parameters: [RUN, TRIAL],
  problems: ['not_found'],
});

const BUCKETS =
  'A series is cut into buckets of equal width in steps, so that at most `buckets` of them have points; each has the least, the ' +
  'greatest and the last finite value. A bucket of one step holds the point itself. `total` counts the stored points, and ' +
  '`nonfinite` those that are NaN or infinite, which no bucket contains. Only the points of the latest attempt count.';

export const SHOW_RUN_SERIES = answers('SeriesList', 'The series, by trial and name in the order of the request.', {
  summary: 'Reads series of a run: of several trials, or of the run itself',
  description: BUCKETS,
  parameters: [
    RUN,
    inQuery('trial', {
      description: 'The trial. May be repeated. If absent, the points of the run itself.',
      schema: several({ type: 'string', pattern: '^[^\\u0000]*$' }, MOST_TRIALS_OF_SERIES),
      example: ['trial-1', 'trial-2'],
    }),
    ...SERIES,
  ],
  problems: ['not_found'],
});

export const SHOW_TRIAL_SERIES = answers('SeriesList', 'The series, by name in the order of the request.', {
  summary: 'Reads series of a trial',
  description: BUCKETS,
  parameters: [RUN, TRIAL, ...SERIES],
  problems: ['not_found'],
});

export const SHOW_MLFLOW_RUN = answers('MlflowRun', 'The trial or run of the MLflow run.', {
  summary: 'Finds the trial behind an MLflow run',
  parameters: [inPath('mlflow_run_id', 'The id of the MLflow run.', 'mlflow-1')],
  problems: ['not_found'],
});

export const SHOW_FACETS = answers('Facets', 'The facets of the run.', {
  summary: 'Lists what the trials of a run can be filtered and grouped by',
  description:
    'The parameters and final metrics with their ranges and values, and the metrics that have points. With `model_run_id` the ' +
    'answer is about the trials of these runs too; an unknown run has none.',
  parameters: [RUN, FURTHER_RUNS],
  problems: ['not_found', 'index_incomplete'],
});

export const COMPARE = answers('Comparison', 'The groups, by metric.', {
  summary: 'Compares final metrics between groups of trials',
  description:
    'Every trial that matches is in a group; values that are NaN or infinite, and trials without a value, are counted in ' +
    "`left_out` and in no figure. For two groups the answer has Welch's t-test of the second against the first, with Hedges' g, and " +
    'p-values adjusted by Holm over the metrics of the request. Trials of an adaptive search are not independent draws, because ' +
    'the sampler prefers promising regions: then the p-value is a guide only.',
  parameters: [
    ...FILTER,
    inQuery('metric', {
      description: 'The final metric. May be repeated.',
      required: true,
      schema: { ...several({ type: 'string', pattern: '^[^\\u0000]*$' }, 20), minItems: 1 },
      example: ['val_accuracy', 'loss'],
    }),
    GROUP_BY,
    inQuery('best', {
      description: 'Whether the best trial has the greatest or the least value; `max` if absent.',
      schema: { enum: ['max', 'min'] },
      example: 'max',
    }),
  ],
  problems: ['index_incomplete'],
});

const FORMAT = inQuery('format', {
  description: '`csv` (if absent) or `json`, an array.',
  schema: { enum: ['csv', 'json'] },
  example: 'json',
});

/** An operation that sends every row, however many there are. */
const exports = (operation: Omit<Operation, 'responses'>): Operation => ({
  ...operation,
  responses: {
    200: {
      description:
        'Every row. In CSV a text that a spreadsheet would take for a formula has an apostrophe in front. If the ' +
        'connection breaks before the end, the answer is incomplete.',
      content: {
        'text/csv': { schema: { type: 'string' } },
        'application/json': { schema: { type: 'array', items: { type: 'object' } } },
      },
    },
  },
  problems: ['query_too_heavy', ...(operation.problems ?? [])],
});

export const EXPORT_TRIALS = exports({
  summary: 'Exports all trials that match',
  description: 'JSON has the whole documents of each trial; CSV has the parameters and metrics that `column` names.',
  parameters: [
    ...FILTER,
    FORMAT,
    inQuery('column', {
      description: 'A column of CSV: `param.NAME` or `metric.NAME`. May be repeated.',
      schema: several({ type: 'string', pattern: '^(?:metric|param)\\.[^\\u0000]+$' }, 500),
    }),
  ],
  problems: ['index_incomplete'],
});

export const EXPORT_POINTS = exports({
  summary: 'Exports all points of a run',
  description: 'Points of all attempts, exactly as they are stored, NaN and infinities included.',
  parameters: [
    RUN,
    inQuery('trial', {
      description: 'The trial. May be repeated. If absent, all trials and the points of the run itself.',
      schema: several({ type: 'string', pattern: '^[^\\u0000]*$' }, 500),
    }),
    inQuery('name', {
      description: 'The metric. May be repeated. If absent, all metrics.',
      schema: several({ type: 'string', pattern: '^[^\\u0000]*$' }, 500),
    }),
    FORMAT,
  ],
});
