import { GROUP_NAMES, STATUSES } from '../events/merge.ts';
import { ref, type Schema } from '../http/openapi/kinds.ts';
import { COMPARISON_SCHEMAS } from './comparison-schemas.ts';
import {
  AS_OF,
  arrayOf,
  COUNT,
  mapOf,
  members,
  NUMBER,
  NUMBER_OR_NULL,
  RESOLUTION,
  TEXT,
  TEXT_OR_NULL,
  TIME_OR_NULL,
} from './schema-kinds.ts';

const NEXT = { next_cursor: { ...TEXT_OR_NULL, description: 'For `cursor` of the next page; null on the last.' } };

const COUNTS = members({ total: COUNT, ...Object.fromEntries(STATUSES.map((status) => [status, COUNT])) });
const RUN_SUMMARY = {
  model_run_id: TEXT,
  status: ref('Status'),
  spectral_norm: { type: 'boolean' },
  mlflow_run_id: TEXT_OR_NULL,
  started_at: TIME_OR_NULL,
  completed_at: TIME_OR_NULL,
  duration_ms: NUMBER_OR_NULL,
  error_type: TEXT_OR_NULL,
  error_message: TEXT_OR_NULL,
  trials: COUNTS,
};

const TRIAL_SUMMARY = {
  model_run_id: TEXT,
  trial_id: TEXT,
  status: ref('Status'),
  attempt: COUNT,
  spectral_norm: { type: 'boolean' },
  mlflow_run_id: TEXT_OR_NULL,
  mlflow_url: {
    ...TEXT_OR_NULL,
    description:
      "The page of the trial's run in MLflow, of the mirror or of the training code. While the run is created, that of its experiment, filtered by the tag trial_id; null while there is neither.",
  },
  rank: { type: ['integer', 'null'] },
  started_at: TIME_OR_NULL,
  completed_at: TIME_OR_NULL,
  duration_ms: NUMBER_OR_NULL,
  error_type: TEXT_OR_NULL,
  error_message: TEXT_OR_NULL,
};

const TRIAL_ITEM = members({
  ...TRIAL_SUMMARY,
  parameters: mapOf(ref('ParameterValue')),
  metrics: mapOf(ref('Double')),
});

const DOCUMENTS = {
  artifact_uri: TEXT_OR_NULL,
  hyperparams: { type: ['object', 'null'] },
  parameters: { type: ['object', 'null'] },
  metadata: { type: ['object', 'null'] },
  metrics: { type: ['object', 'null'], additionalProperties: ref('Double') },
  metric_names: { ...arrayOf(TEXT), description: 'Names of the metrics that have points.' },
};

const COMMANDS = {
  commands: members({
    open: { ...COUNT, description: 'Commanded trials that have not ended. A cancellation reaches no others.' },
    bridges: {
      ...COUNT,
      description: 'Bridges that run at the moment. Without one, a cancellation waits for the next.',
    },
  }),
};

/** The answers of `shapes.ts` as schemas. */
export const QUERY_SCHEMAS: Readonly<Record<string, Schema>> = {
  AsOf: {
    ...TEXT_OR_NULL,
    description:
      'The offsets up to which the tables have the topics, at least: `/api/live?last_event_id=` continues from it without a ' +
      'gap. Null while Kafka has not answered yet. The header `thunderline-as-of` has it too.',
  },
  Status: { enum: STATUSES },
  Double: {
    description: 'A double. JSON has no number for the three texts.',
    anyOf: [{ type: 'number' }, { enum: ['NaN', 'Infinity', '-Infinity'] }],
  },
  Exact: {
    description: 'An integer; text if it is greater than 2^53 - 1, so that no digit is lost.',
    anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^[0-9]+$' }],
  },
  ParameterValue: {
    description: 'Integers beyond 2^53 - 1 are text, arrays and empty objects JSON text.',
    type: ['number', 'string', 'boolean', 'null'],
  },
  RunSummary: members(RUN_SUMMARY),
  RunList: members({ runs: arrayOf(ref('RunSummary')), ...NEXT, ...AS_OF }),
  RunDetail: members({ run: members({ ...RUN_SUMMARY, ...DOCUMENTS, ...COMMANDS }), ...AS_OF }),
  TrialListItem: {
    ...TRIAL_ITEM,
    properties: {
      ...(TRIAL_ITEM.properties as Schema),
      recent: {
        anyOf: [ref('RecentPoints'), { type: 'null' }],
        description: 'With `recent`: null for a trial without points, or with points of an older tier.',
      },
    },
  },
  RecentPoints: members({
    name: TEXT,
    step: arrayOf(ref('Exact')),
    time_ms: { ...arrayOf({ type: 'number' }), description: 'In epoch milliseconds.' },
    value: arrayOf(ref('Double')),
  }),
  TrialList: members({
    trials: arrayOf(ref('TrialListItem')),
    total: {
      type: ['integer', 'null'],
      description: 'Number of all trials that match, on the first page; null on later ones.',
    },
    ...NEXT,
    ...AS_OF,
  }),
  TrialDetail: members({ trial: members({ ...TRIAL_SUMMARY, ...DOCUMENTS, ...COMMANDS }), ...AS_OF }),
  Series: members({
    trial_id: { ...TEXT_OR_NULL, description: 'Null for the points of the run itself.' },
    name: TEXT,
    resolution: RESOLUTION,
    source: { enum: ['table', 'rollups', 'files'] },
    total: {
      ...COUNT,
      description:
        'Points between `from` and `to` of the latest attempt; of a rolled-up series, those of whole buckets.',
    },
    shown: { ...COUNT, description: 'Entries of each column: buckets with at least one finite point.' },
    nonfinite: { ...COUNT, description: 'Points that are NaN or infinite; no bucket contains them.' },
    nonfinite_at: {
      ...arrayOf(members({ step: ref('Exact'), value: ref('Double') })),
      description: 'The first hundred of them; none of a rolled-up series.',
    },
    min_step: {
      anyOf: [ref('Exact'), { type: 'null' }],
      description: 'The first step of the least finite value; null without one.',
    },
    max_step: {
      anyOf: [ref('Exact'), { type: 'null' }],
      description: 'The first step of the greatest finite value; null without one.',
    },
    bucket_steps: ref('Exact'),
    step: { ...arrayOf(ref('Exact')), description: 'The step of the last finite point of each bucket.' },
    time_ms: { ...arrayOf({ type: 'number' }), description: 'Its time, in epoch milliseconds.' },
    last: { ...arrayOf({ type: 'number' }), description: 'Its value.' },
    min: {
      type: ['array', 'null'],
      items: { type: 'number' },
      description: 'The least finite value of each bucket; null if each has one point, which is in `last`.',
    },
    max: { type: ['array', 'null'], items: { type: 'number' } },
  }),
  SeriesList: members({ model_run_id: TEXT, series: arrayOf(ref('Series')), ...AS_OF }),
  ...COMPARISON_SCHEMAS,
  TrialEvents: members({
    model_run_id: TEXT,
    trial_id: TEXT,
    events: arrayOf(
      members({
        event_id: TEXT,
        timestamp: { ...NUMBER, description: 'Epoch milliseconds.' },
        attempt: COUNT,
        set: { ...arrayOf({ enum: GROUP_NAMES }), description: 'The parts of the trial that it set.' },
      }),
    ),
    ...AS_OF,
  }),
  Adoption: members({
    trials: { ...COUNT, description: 'All trials that match.' },
    not_started: { ...COUNT, description: 'Those without a start; they are in no column.' },
    width_ms: { ...COUNT, description: 'Intervals begin at multiples of it since 1970 in UTC.' },
    start_ms: {
      ...arrayOf(NUMBER),
      description: 'The beginning of each interval with a start, in epoch milliseconds.',
    },
    with: { ...arrayOf(COUNT), description: 'Trials with spectral norm that started in it.' },
    without: { ...arrayOf(COUNT), description: 'Trials without it, or that did not state it.' },
    ...AS_OF,
  }),
  Facets: members({
    model_run_id: TEXT,
    trials: COUNTS,
    spectral_norm: members({ with: COUNT, without: COUNT }),
    parameters: arrayOf(
      members({
        name: TEXT,
        trials: COUNT,
        numbers: COUNT,
        min: NUMBER_OR_NULL,
        max: NUMBER_OR_NULL,
        distinct: COUNT,
        values: {
          type: ['array', 'null'],
          items: members({ value: ref('ParameterValue'), trials: COUNT }),
          description: 'Every value, the most frequent first; null if there are more than 50.',
        },
      }),
    ),
    metrics: arrayOf(
      members({ name: TEXT, trials: COUNT, nonfinite: COUNT, min: NUMBER_OR_NULL, max: NUMBER_OR_NULL }),
    ),
    metric_names: arrayOf(TEXT),
    ...AS_OF,
  }),
  MlflowRun: members({
    mlflow_run_id: TEXT,
    model_run_id: TEXT,
    trial_id: { ...TEXT_OR_NULL, description: 'Null if it is the MLflow run of the run itself.' },
    experiment_id: TEXT_OR_NULL,
    ...AS_OF,
  }),
};
