import { DOTS } from '../events/dots.ts';
import { EVENT_LIMITS } from '../events/fault.ts';
import { STATUSES } from '../events/merge.ts';
import { ATTEMPT_RANGE } from '../events/numbers.ts';
import type { Schema } from '../http/openapi/kinds.ts';
import { MOST_VALUES } from './query-reader.ts';

/** Matches texts without control characters (C0, DEL, C1). */
const NO_CONTROL = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';
const NO_NUL = '^[^\\u0000]*$';

const ID: Schema = {
  type: 'string',
  minLength: 1,
  maxLength: EVENT_LIMITS.maxIdLength,
  pattern: NO_CONTROL,
  not: { enum: DOTS },
};
const TEXT: Schema = { type: 'string', pattern: NO_NUL };
const TIME: Schema = { type: 'string', format: 'date-time' };
const STEP: Schema = { type: 'string', pattern: '^[0-9]{1,18}$' };

/** A parameter of a path, with a value that the examples of the tests have. */
export const inPath = (name: string, description: string, example: string): Schema => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: ID,
  example,
});

export const RUN = inPath('run', 'The `model_run_id`.', 'study-1');
export const TRIAL = inPath('trial', 'The `trial_id`.', 'trial-1');

interface QueryParameter {
  readonly description: string;
  readonly schema?: Schema;
  readonly example?: unknown;
  readonly required?: boolean;
}

export const inQuery = (name: string, { schema = TEXT, ...about }: QueryParameter): Schema => ({
  name,
  in: 'query',
  schema,
  ...about,
});

/** A parameter that may be given several times. */
export const several = (items: Schema, most: number): Schema => ({ type: 'array', items, maxItems: most });

/** Runs beside that of the path. */
export const FURTHER_RUNS = inQuery('model_run_id', {
  description: 'A further run. May be repeated.',
  schema: several({ ...TEXT, minLength: 1 }, MOST_VALUES),
  example: ['study-1'],
});

export const LIMIT = (most: number, fallback: number): Schema =>
  inQuery('limit', {
    description: `Entries of the page; ${fallback} if absent.`,
    schema: { type: 'integer', minimum: 1, maximum: most },
    example: 10,
  });

export const CURSOR = inQuery('cursor', {
  description: 'The `next_cursor` of the previous page; the other parameters must be the same.',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]+$', maxLength: 8_192 },
});

export const STATUS = inQuery('status', {
  description: 'The status. If repeated, trials with any of the values match.',
  schema: several({ enum: STATUSES }, MOST_VALUES),
});

const NUMBER = '[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?';
/** A number, alone or after an operator; what is not finite only where it is compared for equality. */
const OF_METRIC = `^(?:(?:(?:lte?|gte?|eq):)?${NUMBER}|(?:eq:)?(?:NaN|-?Infinity))$`;
/** A number after an operator of order, or any text that does not begin with one. */
const OF_PARAMETER = `^(?:(?:lte?|gte?):${NUMBER}|(?!(?:lte?|gte?):)[^\\u0000]*)$`;

const CONDITIONS: Schema = {
  name: 'conditions',
  in: 'query',
  description:
    'Conditions on parameters and final metrics: `param.NAME` or `metric.NAME` with a value, or with a number after `lt:`, `lte:`, ' +
    '`gt:`, `gte:` or `eq:`. Given twice, both must hold: `metric.loss=gte:0.1&metric.loss=lt:0.5`. A parameter equals a ' +
    'value as a number, a text or a boolean.',
  style: 'form',
  explode: true,
  schema: {
    type: 'object',
    properties: {},
    patternProperties: {
      '^metric\\.[^\\u0000]+$': { type: 'string', pattern: OF_METRIC },
      '^param\\.[^\\u0000]+$': { type: 'string', pattern: OF_PARAMETER },
    },
    additionalProperties: false,
    maxProperties: 20,
  },
  example: { 'metric.val_accuracy': 'gte:0.5', 'param.optimizer': 'adam' },
};

/** The parameters that select trials. */
export const FILTER: readonly Schema[] = [
  inQuery('model_run_id', {
    description: 'The run. If repeated, trials of any of the runs match.',
    schema: several({ ...TEXT, minLength: 1 }, MOST_VALUES),
    example: ['study-1'],
  }),
  { ...STATUS, example: ['completed', 'running'] },
  inQuery('spectral_norm', { description: 'With or without spectral norm.', schema: { enum: ['true', 'false'] } }),
  inQuery('mlflow_run_id', { description: 'The id of an MLflow run that the events name.' }),
  inQuery('started_after', { description: 'Started later than this time.', schema: TIME }),
  inQuery('started_before', { description: 'Started earlier than this time.', schema: TIME }),
  inQuery('q', { description: 'A part of the run or trial id, in any case.', example: 'trial' }),
  CONDITIONS,
];

export const GROUP_BY = inQuery('group_by', {
  description: '`spectral_norm` (if absent) or `param.NAME`; twice for both.',
  schema: {
    ...several({ type: 'string', pattern: '^(?:spectral_norm|param\\.[^\\u0000]+)$' }, 2),
    uniqueItems: true,
  },
  example: ['spectral_norm'],
});

export const SERIES: readonly Schema[] = [
  inQuery('name', {
    description: 'The metric. May be repeated.',
    required: true,
    schema: { ...several(TEXT, 50), minItems: 1 },
    example: ['loss', 'val_accuracy'],
  }),
  inQuery('from', { description: 'The first step.', schema: STEP, example: '0' }),
  inQuery('to', { description: 'The last step.', schema: STEP, example: '999' }),
  inQuery('buckets', {
    description: 'Buckets of one series, at most; 500 if absent. Ask for about as many as the chart has pixels.',
    schema: { type: 'integer', minimum: 1, maximum: 2_000 },
    example: 200,
  }),
  inQuery('attempt', {
    description: 'The attempt whose points are read; the latest if absent. 0 is that of points without a number.',
    schema: { type: 'integer', minimum: 0, maximum: ATTEMPT_RANGE[1] },
  }),
  inQuery('resolution', {
    description:
      '`exact` reads every point of rolled-up series from their files, of at most 50 trials; `default` reads roll-ups.',
    schema: { enum: ['default', 'exact'] },
  }),
];
