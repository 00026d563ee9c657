import type { Status } from '../../src/events/merge.ts';
import type { LiveEvent } from '../../src/live/frames.ts';
import type { MetricValue, TrialListItem } from '../../src/queries/shapes.ts';

const TERMINAL: ReadonlySet<Status> = new Set(['completed', 'failed', 'cancelled', 'skipped']);

/** The row of a trial that the pages have not read yet. */
const newTrial = (model_run_id: string, trial_id: string): TrialListItem => ({
  model_run_id,
  trial_id,
  status: 'queued',
  attempt: 0,
  spectral_norm: false,
  mlflow_run_id: null,
  mlflow_url: null,
  rank: null,
  started_at: null,
  completed_at: null,
  duration_ms: null,
  error_type: null,
  error_message: null,
  parameters: {},
  metrics: {},
});

/**
 * The row of a trial after an event of the feed, by the merge law as far as a page shows it: a later attempt beats an
 * earlier one, and within an attempt a terminal status beats every other. An event that arrives twice changes nothing.
 * Returns `row` itself if nothing changes.
 */
export function applyEvent(row: TrialListItem | undefined, event: LiveEvent): TrialListItem | undefined {
  if (event.trial_id === null) return row;
  const status = statusOf(event);
  if (status === undefined) return row;
  const held = row ?? newTrial(event.model_run_id, event.trial_id);
  const attempt = status === 'queued' ? held.attempt : event.attempt;
  if (attempt < held.attempt) return held;
  if (attempt === held.attempt && rankOf(status) <= rankOf(held.status) && row !== undefined) return row;
  const ended = TERMINAL.has(status);
  const time = new Date(event.timestamp).toISOString();
  return {
    ...held,
    status,
    attempt,
    spectral_norm: booleanOf(event.spectral_norm) ?? held.spectral_norm,
    mlflow_run_id: textOf(event.mlflow_run_id) ?? held.mlflow_run_id,
    started_at: held.started_at ?? (status === 'running' ? time : null),
    completed_at: ended ? time : null,
    duration_ms: ended ? (numberOf(event.duration_ms) ?? held.duration_ms) : null,
    rank: numberOf(event.rank) ?? held.rank,
    error_type: ended ? textOf(event.error_type) : null,
    error_message: ended ? textOf(event.error_message) : null,
    parameters: { ...held.parameters, ...scalarsOf(event.hyperparams), ...scalarsOf(event.parameters) },
    metrics: { ...held.metrics, ...numbersOf(event.metrics) },
  };
}

/** Whether `row` is of a later attempt than `other`, or of a later part of the same attempt. */
export const isAhead = (row: TrialListItem, other: TrialListItem): boolean =>
  row.attempt > other.attempt || (row.attempt === other.attempt && rankOf(row.status) > rankOf(other.status));

const rankOf = (status: Status): number => (TERMINAL.has(status) ? 2 : status === 'running' ? 1 : 0);

function statusOf({ event, state, error_type, operation }: LiveEvent): Status | undefined {
  switch (event) {
    case 'ml.run.start':
    case 'ml.trial.start':
      return 'running';
    case 'ml.trial.complete':
      return 'completed';
    case 'ml.trial.failed':
      return error_type === 'pruned' ? 'skipped' : 'failed';
    case 'ml.run.stop':
      return state === 'failed' || state === 'cancelled' ? state : 'completed';
    case 'command':
      return operation === 'run_trial' ? 'queued' : undefined;
    default:
      return undefined;
  }
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const booleanOf = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

function scalarsOf(value: unknown): Record<string, number | string | boolean> {
  if (typeof value !== 'object' || value === null) return {};
  const scalar = ([, each]: [string, unknown]): boolean => ['number', 'string', 'boolean'].includes(typeof each);
  return Object.fromEntries(Object.entries(value).filter(scalar));
}

function numbersOf(value: unknown): Record<string, MetricValue> {
  if (typeof value !== 'object' || value === null) return {};
  const isNumber = (each: unknown): boolean =>
    typeof each === 'number' || each === 'NaN' || each === 'Infinity' || each === '-Infinity';
  return Object.fromEntries(Object.entries(value).filter(([, each]) => isNumber(each)));
}
