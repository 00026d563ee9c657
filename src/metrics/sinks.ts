import { DELIVERY_SECONDS } from './buckets.ts';
import type { MetricTable } from './metric.ts';

/** The targets of the sinks: archive, tables, MLflow. */
export const SINK_METRICS = {
  archiveObjects: {
    kind: 'counter',
    name: 'archive_objects_total',
    labels: [],
    help: 'Objects written to the archive.',
  },
  archiveBytes: {
    kind: 'counter',
    name: 'archive_bytes_total',
    labels: [],
    help: 'Compressed bytes of the objects written to the archive.',
  },
  archiveBuffered: {
    kind: 'gauge',
    name: 'archive_buffered_bytes',
    labels: [],
    help: 'Bytes of incomplete objects, whose offsets are not committed yet.',
  },
  archiveAgeLimit: {
    kind: 'gauge',
    name: 'archive_object_age_limit_seconds',
    labels: [],
    shared: true,
    help: 'Age at which an object is completed and its offsets are committed, full or not (ARCHIVE_OBJECT_AGE_MS).',
  },
  postgresRows: {
    kind: 'counter',
    name: 'postgres_rows_total',
    labels: ['table'],
    values: { table: ['model_runs', 'cerebros_model_trials', 'model_artifacts', 'trial_metrics', 'run_metric_names'] },
    help: 'Rows added or changed, by table. Records that were stored before change none.',
  },
  mlflowCalls: {
    kind: 'counter',
    name: 'mlflow_calls_total',
    labels: ['call', 'result'],
    help:
      'Requests sent to MLflow, by result: ok; refused for their data: data, unclear, race, changed_param, inactive, gone, ' +
      'exists, forbidden; not served: unreachable, busy, pool, crash, configuration; failed (aborted, or the answer is too large).',
  },
  mlflowSeconds: {
    kind: 'histogram',
    name: 'mlflow_call_seconds',
    labels: ['call'],
    help: 'Time from a request to MLflow until the end of its answer.',
  },
  mlflowWaitSeconds: {
    kind: 'histogram',
    name: 'mlflow_wait_seconds',
    labels: [],
    help: 'Time that a request to MLflow waits for its place among the requests in flight of all processes.',
    buckets: DELIVERY_SECONDS,
  },
  mlflowRecords: {
    kind: 'counter',
    name: 'mlflow_records_total',
    labels: ['result'],
    values: { result: ['written', 'skipped', 'client', 'deleted', 'forbidden'] },
    help:
      'Records with metric points for MLflow, by result: written, skipped (MLflow had acknowledged them before), client (the ' +
      'training code logs to the MLflow run itself), deleted (a person deleted the MLflow run), forbidden (this user may not ' +
      'write to the MLflow run).',
  },
  mlflowPoints: {
    kind: 'counter',
    name: 'mlflow_points_total',
    labels: [],
    help: 'Metric points that MLflow has acknowledged, those that it had before included.',
  },
  mlflowRuns: {
    kind: 'counter',
    name: 'mlflow_runs_total',
    labels: ['result'],
    values: {
      result: [
        'created',
        'recovered',
        'linked',
        'superseded',
        'deleted',
        'restored',
        'gone',
        'unknown',
        'unproven',
        'forbidden',
      ],
    },
    help:
      'Runs of MLflow, by result: created, recovered (found after a creation without an answer), linked (the training code logs ' +
      'to it), superseded (deleted in favour of a linked one), deleted (by a person), restored (by a person), gone (created ' +
      'again), unknown (a trial names it and MLflow does not have it), unproven (a trial names it, of a run that an API key is ' +
      'bound to, and it does not name the trial), forbidden (this user may not create it or write to it).',
  },
  mlflowRefused: {
    kind: 'counter',
    name: 'mlflow_refused_total',
    labels: ['kind'],
    values: { kind: ['params', 'tags'] },
    help: 'Params and tags that MLflow refused for their data, by kind; the log has the message of MLflow.',
  },
  mlflowAway: {
    kind: 'gauge',
    name: 'mlflow_away',
    labels: [],
    help: '1 while the mirror waits because MLflow does not serve requests; no other role waits for that.',
  },
} as const satisfies MetricTable;
