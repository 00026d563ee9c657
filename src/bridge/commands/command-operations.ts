import type { ErrorCode } from '../../errors.ts';
import { DOTS } from '../../events/dots.ts';
import { EVENT_LIMITS } from '../../events/fault.ts';
import { IDEMPOTENCY_KEY } from '../../http/idempotency-key.ts';
import { RATE_LIMIT_HEADERS } from '../../http/openapi/answers.ts';
import { ref, type Schema } from '../../http/openapi/kinds.ts';
import type { Operation } from '../../http/route.ts';
import { DISTRIBUTION_SCHEMA, STUDY_SCHEMA, TRIAL_SCHEMA } from './command-schemas.ts';
import { MAX_TRIALS_IN_REQUEST } from './parse-command.ts';

const SENT: readonly ErrorCode[] = ['command_rejected', 'kafka_unavailable'];
const WITH_BODY: readonly ErrorCode[] = [
  ...SENT,
  'command_spent',
  'malformed_json',
  'invalid_encoding',
  'body_too_large',
  'unsupported_media_type',
];

const FAULTS: Readonly<Record<string, Schema>> = {
  faults: {
    type: 'array',
    description: 'Every fault of the command, or each part of it that is spent.',
    items: {
      type: 'object',
      required: ['code', 'path', 'message'],
      properties: { code: { type: 'string' }, path: { type: 'string' }, message: { type: 'string' } },
    },
  },
};

const PARAMETERS: readonly Schema[] = [
  {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'The same request sent again under the same key is the same command: it starts one study. Another request to this ' +
      'address and run under a used key changes nothing.',
    schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
  },
  {
    name: 'traceparent',
    in: 'header',
    required: false,
    description: 'W3C Trace Context, passed on to the worker; an invalid one is replaced by a new one.',
    schema: { type: 'string' },
  },
];

const pathParameter = (name: string, description: string): Schema => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string', minLength: 1, maxLength: EVENT_LIMITS.maxIdLength, not: { enum: DOTS } },
});

const RUN = pathParameter('run', 'The `model_run_id`.');
const TRIAL = pathParameter('trial', 'The `trial_id`.');

const body = (schema: Schema, examples: Readonly<Record<string, Schema>>): Schema => ({
  required: true,
  content: { 'application/json': { schema, examples } },
});

const accepted = (
  description: string,
  properties: Readonly<Record<string, Schema>>,
): Readonly<Record<number, Schema>> => ({
  202: {
    description,
    headers: RATE_LIMIT_HEADERS,
    content: {
      'application/json': {
        schema: { type: 'object', required: Object.keys(properties), properties, additionalProperties: false },
      },
    },
  },
});

const UUID: Schema = { type: 'string', format: 'uuid' };
const ID: Schema = { type: 'string' };

/** The description of `POST /api/runs`. */
export const startRunOperation = (maxBytes: number): Operation => ({
  summary: 'Start a study',
  description:
    'Queues the trials of a study; an Optuna sampler chooses the hyperparameters of each when a worker is free. A run that ' +
    `was started before is left as it is. The body has at most ${maxBytes} bytes.`,
  parameters: PARAMETERS,
  requestBody: body(ref('Study'), {
    study: {
      summary: 'Twenty trials, four at a time, with and without spectral norm',
      value: {
        model_run_id: 'study-1',
        n_trials: 20,
        parallelism: 4,
        search_space: {
          learning_rate: { type: 'float', low: 0.00001, high: 0.1, log: true },
          n_layers: { type: 'int', low: 1, high: 8 },
          optimizer: { type: 'categorical', choices: ['adam', 'sgd'] },
        },
      },
    },
  }),
  responses: accepted('The command is stored in Kafka.', { command_id: UUID, model_run_id: ID }),
  problems: WITH_BODY,
  problemMembers: FAULTS,
  schemas: { Study: STUDY_SCHEMA, Distribution: DISTRIBUTION_SCHEMA },
});

/** The description of `POST /api/runs/{run}/trials`. */
export const addTrialsOperation = (maxBytes: number): Operation => ({
  summary: 'Run trials',
  description:
    `Queues one trial, or an array of at most ${MAX_TRIALS_IN_REQUEST}. A trial that was commanded before is left as it is. ` +
    `The body has at most ${maxBytes} bytes.`,
  parameters: [RUN, ...PARAMETERS],
  requestBody: body(
    { anyOf: [ref('Trial'), { type: 'array', items: ref('Trial'), minItems: 1, maxItems: MAX_TRIALS_IN_REQUEST }] },
    {
      trial: {
        summary: 'One trial',
        value: { trial_id: 'trial_007', hyperparams: { learning_rate: 0.001, spectral_norm: true } },
      },
    },
  ),
  responses: accepted('The commands are stored in Kafka.', {
    model_run_id: ID,
    trials: {
      type: 'array',
      minItems: 1,
      items: {
        type: 'object',
        required: ['command_id', 'trial_id'],
        properties: { command_id: UUID, trial_id: ID },
        additionalProperties: false,
      },
    },
  }),
  problems: WITH_BODY,
  problemMembers: FAULTS,
  schemas: { Trial: TRIAL_SCHEMA },
});

/** The description of the routes that cancel. */
export const cancelRunOperation = (subject: 'run' | 'trial'): Operation => ({
  summary: subject === 'run' ? 'Cancel a run' : 'Cancel a trial',
  description:
    subject === 'run'
      ? 'Cancels every trial of the run that was commanded up to now, queued or running. Trials that their own programs report ' +
        'are not reached: `commands.open` of `GET /api/runs/{run}` is the number of those that are. A body is ignored.'
      : 'Cancels the trial, queued or running, if it was commanded; `commands.open` of `GET /api/runs/{run}/trials/{trial}` is 0 ' +
        'otherwise. A body is ignored.',
  parameters: subject === 'run' ? [RUN, ...PARAMETERS] : [RUN, TRIAL, ...PARAMETERS],
  responses: accepted('The command is stored in Kafka.', {
    command_id: UUID,
    model_run_id: ID,
    ...(subject === 'trial' && { trial_id: ID }),
  }),
  problems: SENT,
  problemMembers: FAULTS,
});
