import { GROUP_NAMES, STATUSES } from '../events/merge.ts';
import { ref, type Schema } from '../http/openapi/kinds.ts';

const text: Schema = { type: 'string' };
const number: Schema = { type: 'number' };
const textOrNull: Schema = { type: ['string', 'null'] };
const numberOrNull: Schema = { type: ['number', 'null'] };
const time: Schema = { type: ['string', 'null'], format: 'date-time' };
const count: Schema = { type: 'integer', minimum: 0 };
const list = (items: Schema): Schema => ({ type: 'array', items });
const mapOf = (values: Schema): Schema => ({ type: 'object', additionalProperties: values });

/** An object with exactly these members. */
export const members = (properties: Readonly<Record<string, Schema>>): Schema => ({
  type: 'object',
  required: Object.keys(properties),
  properties,
  additionalProperties: false,
});

const AS_OF = { as_of: ref('AsOf') };
const NEXT = { next_cursor: { ...textOrNull, description: 'For `cursor` of the next page; null on the last.' } };

const COUNTS = members({ total: count, ...Object.fromEntries(STATUSES.map((status) => [status, count])) });
const INTERVAL: Schema = { type: 'array', items: { type: 'number' }, minItems: 2, maxItems: 2 };
const INTERVAL_OR_NULL: Schema = { ...INTERVAL, type: ['array', 'null'], description: '95 % interval of the mean.' };

const RUN_SUMMARY = {
  model_run_id: text,
  status: ref('Status'),
  spectral_norm: { type: 'boolean' },
  mlflow_run_id: textOrNull,
  started_at: time,
  completed_at: time,
  duration_ms: numberOrNull,
  error_type: textOrNull,
  error_message: textOrNull,
  trials: COUNTS,
};

const TRIAL_SUMMARY = {
  model_run_id: text,
  trial_id: text,
  status: ref('Status'),
  attempt: count,
  spectral_norm: { type: 'boolean' },
  mlflow_run_id: textOrNull,
  mlflow_url: {
    ...textOrNull,
    description:
      "The page of the trial's run in MLflow, of the mirror or of the training code; null while there is none.",
  },
  rank: { type: ['integer', 'null'] },
  started_at: time,
  completed_at: time,
  duration_ms: numberOrNull,
  error_type: textOrNull,
  error_message: textOrNull,
};

const DOCUMENTS = {
  artifact_uri: textOrNull,
  hyperparams: { type: ['object', 'null'] },
  parameters: { type: ['object', 'null'] },
  metadata: { type: ['object', 'null'] },
  metrics: { type: ['object', 'null'], additionalProperties: ref('Double') },
  metric_names: { ...list(text), description: 'Names of the metrics that have points.' },
};

const RESOLUTION = {
  enum: ['exact', 'rolled_up'],
  description: '`rolled_up` where points are older than METRICS_RAW_DAYS and were read from their roll-ups.',
};

/** The answers of `shapes.ts` as schemas. */
export const QUERY_SCHEMAS: Readonly<Record<string, Schema>> = {
  AsOf: {
    ...textOrNull,
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
  RunList: members({ runs: list(ref('RunSummary')), ...NEXT, ...AS_OF }),
  RunDetail: members({ run: members({ ...RUN_SUMMARY, ...DOCUMENTS }), ...AS_OF }),
  TrialListItem: members({
    ...TRIAL_SUMMARY,
    parameters: mapOf(ref('ParameterValue')),
    metrics: mapOf(ref('Double')),
  }),
  TrialList: members({
    trials: list(ref('TrialListItem')),
    total: {
      type: ['integer', 'null'],
      description: 'Number of all trials that match, on the first page; null on later ones.',
    },
    ...NEXT,
    ...AS_OF,
  }),
  TrialDetail: members({ trial: members({ ...TRIAL_SUMMARY, ...DOCUMENTS }), ...AS_OF }),
  Series: members({
    trial_id: { ...textOrNull, description: 'Null for the points of the run itself.' },
    name: text,
    resolution: RESOLUTION,
    source: { enum: ['table', 'rollups', 'files'] },
    total: {
      ...count,
      description:
        'Points between `from` and `to` of the latest attempt; of a rolled-up series, those of whole buckets.',
    },
    shown: { ...count, description: 'Entries of each column: buckets with at least one finite point.' },
    nonfinite: { ...count, description: 'Points that are NaN or infinite; no bucket contains them.' },
    nonfinite_at: {
      ...list(members({ step: ref('Exact'), value: ref('Double') })),
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
    step: { ...list(ref('Exact')), description: 'The step of the last finite point of each bucket.' },
    time_ms: { ...list({ type: 'number' }), description: 'Its time, in epoch milliseconds.' },
    last: { ...list({ type: 'number' }), description: 'Its value.' },
    min: {
      type: ['array', 'null'],
      items: { type: 'number' },
      description: 'The least finite value of each bucket; null if each has one point, which is in `last`.',
    },
    max: { type: ['array', 'null'], items: { type: 'number' } },
  }),
  SeriesList: members({ model_run_id: text, series: list(ref('Series')), ...AS_OF }),
  ComparedGroup: members({
    group: { ...list(ref('ParameterValue')), description: 'The value of each member of `group_by`; null without it.' },
    trials: { ...count, description: 'Trials of the group: `n` and those of `left_out`.' },
    n: { ...count, description: 'Trials with a finite value; all figures are theirs.' },
    mean: numberOrNull,
    sd: { ...numberOrNull, description: 'Standard deviation of the sample; null for fewer than two values.' },
    ci95: INTERVAL_OR_NULL,
    min: numberOrNull,
    q1: numberOrNull,
    median: numberOrNull,
    q3: numberOrNull,
    max: numberOrNull,
    best: { anyOf: [members({ model_run_id: text, trial_id: text, value: { type: 'number' } }), { type: 'null' }] },
    left_out: members({ no_value: count, nan: count, infinite: count }),
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
      members({ reason: { enum: ['too_few', 'no_variance'] } }),
      { type: 'null' },
    ],
  },
  Comparison: members({
    group_by: list(text),
    best: { enum: ['max', 'min'] },
    trials: { ...count, description: 'All trials that match: every one of them is in a group, none is sampled.' },
    resolution: { enum: ['exact'] },
    source: { enum: ['final_metrics'] },
    metrics: list(
      members({
        metric: text,
        groups: list(ref('ComparedGroup')),
        groups_left_out: { ...count, description: 'Groups beyond the 200 with the most trials.' },
        test: ref('MetricTest'),
      }),
    ),
    ...AS_OF,
  }),
  GroupCurve: members({
    group: list(ref('ParameterValue')),
    trials: { ...count, description: 'Trials of the group that have points of the metric, of those that were read.' },
    nonfinite: { ...count, description: 'Points that are NaN or infinite; they count in no column.' },
    step: { ...list(ref('Exact')), description: 'The first step of each bucket that has a value.' },
    n: { ...list(count), description: 'Trials with a value there; it falls where trials have ended.' },
    mean: {
      ...list(number),
      description: 'Of the last finite value of each trial in the bucket, as are the quartiles.',
    },
    min: { ...list(number), description: 'The least finite point of the bucket.' },
    q1: list(number),
    median: list(number),
    q3: list(number),
    max: { ...list(number), description: 'The greatest finite point of the bucket.' },
  }),
  Curves: members({
    metric: text,
    group_by: list(text),
    trials: { ...count, description: 'All trials that match.' },
    trials_read: {
      ...count,
      description: 'Those whose points were read: all, or a sample that is the same each time.',
    },
    resolution: RESOLUTION,
    source: { enum: ['table', 'rollups', 'both'] },
    trials_rolled_up: { ...count, description: 'Trials of `trials_read` that were read from roll-ups.' },
    bucket_steps: ref('Exact'),
    curves: list(ref('GroupCurve')),
    groups_left_out: { ...count, description: 'Groups beyond the 20 with the most trials.' },
    ...AS_OF,
  }),
  TrialEvents: members({
    model_run_id: text,
    trial_id: text,
    events: list(
      members({
        event_id: text,
        timestamp: { ...number, description: 'Epoch milliseconds.' },
        attempt: count,
        set: { ...list({ enum: GROUP_NAMES }), description: 'The parts of the trial that it set.' },
      }),
    ),
    ...AS_OF,
  }),
  Adoption: members({
    trials: { ...count, description: 'All trials that match.' },
    not_started: { ...count, description: 'Those without a start; they are in no column.' },
    width_ms: { ...count, description: 'Intervals begin at multiples of it since 1970 in UTC.' },
    start_ms: { ...list(number), description: 'The beginning of each interval with a start, in epoch milliseconds.' },
    with: { ...list(count), description: 'Trials with spectral norm that started in it.' },
    without: { ...list(count), description: 'Trials without it, or that did not state it.' },
    ...AS_OF,
  }),
  Facets: members({
    model_run_id: text,
    trials: COUNTS,
    spectral_norm: members({ with: count, without: count }),
    parameters: list(
      members({
        name: text,
        trials: count,
        numbers: count,
        min: numberOrNull,
        max: numberOrNull,
        distinct: count,
        values: {
          type: ['array', 'null'],
          items: members({ value: ref('ParameterValue'), trials: count }),
          description: 'Every value, the most frequent first; null if there are more than 50.',
        },
      }),
    ),
    metrics: list(members({ name: text, trials: count, nonfinite: count, min: numberOrNull, max: numberOrNull })),
    metric_names: list(text),
    ...AS_OF,
  }),
  MlflowRun: members({
    mlflow_run_id: text,
    model_run_id: text,
    trial_id: { ...textOrNull, description: 'Null if it is the MLflow run of the run itself.' },
    experiment_id: textOrNull,
    ...AS_OF,
  }),
};
