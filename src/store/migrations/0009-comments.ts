import type { SqlMigration } from './sql-migration.ts';

/** Each table and view with the rows it holds, so that `\d+` in psql shows it. */
const COMMENTS: readonly (readonly [kind: 'table' | 'view', name: string, comment: string])[] = [
  ['table', 'model_runs', 'One row for each run: (model_run_id).'],
  ['table', 'cerebros_model_trials', 'One row for each trial: (model_run_id, trial_id).'],
  ['view', 'trials', 'cerebros_model_trials without the columns of the merge law.'],
  [
    'table',
    'model_artifacts',
    'One row for each artifact: (model_run_id, trial_id, uri). trial_id is null for an artifact of a run.',
  ],
  [
    'table',
    'trial_metrics',
    'One row for each metric point: (trial, name, step, event id). An event with several metrics has a row for each of ' +
      'them, and the same event id at another step is another point.',
  ],
  ['view', 'trial_metric_points', 'trial_metrics with names and ids instead of integers.'],
  [
    'table',
    'trial_final_metrics',
    'An index of cerebros_model_trials.metrics, kept by triggers: one row for each entry.',
  ],
  ['table', 'metric_trials', 'The integer of each trial, or run (trial_id null), that has metric points.'],
  ['table', 'metric_names', 'The integer of each metric name.'],
  ['table', 'metric_keys_epoch', 'Id of the last transaction that removed rows of metric_trials or metric_names.'],
];

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const comments: SqlMigration = {
  name: '0009-comments',
  up: COMMENTS.map(([kind, name, comment]) => `comment on ${kind} ${name} is ${quoted(comment)};`).join('\n'),
  down: COMMENTS.map(([kind, name]) => `comment on ${kind} ${name} is null;`).join('\n'),
};
