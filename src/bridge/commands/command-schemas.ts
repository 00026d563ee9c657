import { EVENT_LIMITS } from '../../events/fault.ts';
import { kindSchemas, ref, type Schema } from '../../http/openapi/kinds.ts';
import { DIRECTIONS, PRUNERS, SAMPLERS, STUDY_DEFAULTS } from '../study/study-spec.ts';
import { GREATEST_PARALLELISM, GREATEST_PRIORITY, LONGEST_TIMEOUT_MS } from './parse-command.ts';
import { MAX_TRIALS } from './study-fields.ts';

const kinds = kindSchemas(EVENT_LIMITS);
const optionalInteger = (minimum: number, maximum: number, description: string): Schema => ({
  type: ['integer', 'null'],
  minimum,
  maximum,
  description,
});
const optionalOne = (values: readonly string[], description: string): Schema => ({
  enum: [...values, null],
  description,
});

const absent = (value: string): string => `absent: \`${value}\`.`;

const SHARED: Readonly<Record<string, Schema>> = {
  parallelism: optionalInteger(
    1,
    GREATEST_PARALLELISM,
    'Trials of the run that run at the same time, over all bridges, at most; absent: as many as there are workers. Of a ' +
      'trial, it counts if it is the first command of its run.',
  ),
  priority: optionalInteger(-GREATEST_PRIORITY, GREATEST_PRIORITY, 'A higher one runs first; absent: 0.'),
  timeout_ms: optionalInteger(1, LONGEST_TIMEOUT_MS, "Time for one attempt of a trial; absent: the bridge's default."),
  payload: { ...kinds.json, description: 'Passed to the worker unchanged.' },
  correlation_id: { ...kinds.name, description: 'The same for the command and the events that it causes.' },
};

/** The body of `POST /api/runs`. */
export const STUDY_SCHEMA: Schema = {
  type: 'object',
  required: ['n_trials'],
  properties: {
    model_run_id: { ...kinds.id, description: 'The study; absent: a new id.' },
    n_trials: { type: 'integer', minimum: 1, maximum: MAX_TRIALS },
    search_space: {
      type: ['object', 'null'],
      description: 'The distribution of each hyperparameter.',
      additionalProperties: ref('Distribution'),
    },
    spectral_norm: {
      enum: ['both', true, false, 'true', 'false', 1, 0, null],
      description:
        '`both`, the default, gives each of true and false half of the trials; a boolean is the same for all trials.',
    },
    metric: {
      ...kinds.name,
      description: `The final metric that the search optimises; ${absent(STUDY_DEFAULTS.metric)}`,
    },
    direction: optionalOne(DIRECTIONS, absent(STUDY_DEFAULTS.direction)),
    sampler: optionalOne(SAMPLERS, absent(STUDY_DEFAULTS.sampler)),
    pruner: optionalOne(PRUNERS, absent(STUDY_DEFAULTS.pruner)),
    seed: optionalInteger(0, 4_294_967_295, 'Makes the search repeatable; absent: it starts at random.'),
    ...SHARED,
  },
  additionalProperties: false,
};

const CHOICES: Schema = {
  type: 'array',
  minItems: 1,
  maxItems: 1_000,
  uniqueItems: true,
  items: { type: ['string', 'number', 'boolean', 'null'] },
};
const RANGE: Readonly<Record<string, Schema>> = {
  low: { type: 'number' },
  high: { type: 'number' },
  log: { type: ['boolean', 'null'] },
  step: { type: ['number', 'null'], exclusiveMinimum: 0 },
};

/** The distribution of one hyperparameter. */
export const DISTRIBUTION_SCHEMA: Schema = {
  description:
    "One of Optuna's distributions, also as `distribution_to_json` writes it; an array is a list of choices.",
  anyOf: [
    {
      type: 'object',
      required: ['type', 'low', 'high'],
      properties: { type: { enum: ['float', 'log', 'int'] }, ...RANGE },
      additionalProperties: false,
    },
    {
      type: 'object',
      required: ['type', 'choices'],
      properties: {
        type: { const: 'categorical' },
        choices: CHOICES,
        balanced: { type: ['boolean', 'null'], description: 'Whether the trials take the choices in turn.' },
      },
      additionalProperties: false,
    },
    CHOICES,
    {
      type: 'object',
      required: ['name', 'attributes'],
      properties: {
        name: { enum: ['FloatDistribution', 'IntDistribution', 'CategoricalDistribution'] },
        attributes: { type: 'object' },
      },
    },
  ],
};

/** One trial in the body of `POST /api/runs/{run}/trials`. */
export const TRIAL_SCHEMA: Schema = {
  type: 'object',
  properties: {
    trial_id: { ...kinds.id, description: 'Absent: a new id.' },
    hyperparams: { ...kinds.json, description: 'The values to run with; absent: the study of the run chooses them.' },
    spectral_norm: { ...kinds.boolean, description: 'Absent: the value among the hyperparams, if there is one.' },
    ...SHARED,
  },
  additionalProperties: false,
};
