import type { Status } from '../events/merge.ts';
import { mlflowUrl } from '../sinks/mlflow/mlflow-url.ts';
import type { MlflowLink } from '../store/tables/mlflow-links.ts';
import type { QueryParts } from './query-parts.ts';
import type { MetricValue, ParameterValue, TrialListItem, TrialSummary } from './shapes.ts';
import { isoTime, metricValue } from './sql-text.ts';

/** The trials `t` with the links `l` to their MLflow runs: a trial has one at most. */
export const WITH_LINK = 'left join mlflow_links l on l.model_run_id = t.model_run_id and l.trial_id = t.trial_id';

/** Columns of trials {@link WITH_LINK}. */
export const SUMMARY_COLUMNS =
  't.model_run_id, t.trial_id, t.status, t.attempt, t.spectral_norm, t.mlflow_run_id, t.rank, t.started_at, ' +
  't.completed_at, t.duration_ms, t.error_type, t.error_message, l.state as link_state, ' +
  'l.experiment_id as link_experiment_id, l.run_id as link_run_id';

/** The columns of {@link SUMMARY_COLUMNS}. */
export interface SummaryRow {
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly status: Status;
  readonly attempt: number;
  readonly spectral_norm: boolean;
  readonly mlflow_run_id: string | null;
  readonly rank: number | null;
  readonly started_at: Date | null;
  readonly completed_at: Date | null;
  readonly duration_ms: number | null;
  readonly error_type: string | null;
  readonly error_message: string | null;
  /** Null if the trial has no link to MLflow. */
  readonly link_state: MlflowLink['state'] | null;
  readonly link_experiment_id: string | null;
  readonly link_run_id: string | null;
}

/** The page of the trial's run in MLflow, or of the experiment that it is being created in; null without one, and without MLflow. */
function urlOf(row: SummaryRow, links: QueryParts['mlflowLinks']): string | null {
  const { link_state: state, link_experiment_id: experiment_id, link_run_id: run_id } = row;
  if (links === undefined || state === null) return null;
  return mlflowUrl(links, { state, experiment_id, run_id, trial_id: row.trial_id }) ?? null;
}

export const trialSummary = (row: SummaryRow, links: QueryParts['mlflowLinks']): TrialSummary => ({
  model_run_id: row.model_run_id,
  trial_id: row.trial_id,
  status: row.status,
  attempt: row.attempt,
  spectral_norm: row.spectral_norm,
  mlflow_run_id: row.mlflow_run_id,
  mlflow_url: urlOf(row, links),
  rank: row.rank,
  started_at: isoTime(row.started_at),
  completed_at: isoTime(row.completed_at),
  duration_ms: row.duration_ms,
  error_type: row.error_type,
  error_message: row.error_message,
});

/** A parameter or final metric of a trial, from the index of trials. */
export interface EntryRow {
  readonly trial_key: number;
  readonly name: string;
  readonly kind: 'param' | 'metric';
  readonly value: number | null;
  readonly bool: boolean | null;
  readonly txt: string | null;
}

/** An integer that the index has as text has this many digits at most; of a longer one it has some of the digits only. */
const MOST_DIGITS = 120;

/** The digits of an integer that a double cannot hold are in `txt`, unless they were too many. */
export const parameterValue = ({ value, bool, txt }: Pick<EntryRow, 'value' | 'bool' | 'txt'>): ParameterValue =>
  txt !== null && value !== null && isShortened(txt) ? value : (txt ?? bool ?? value);

const isShortened = (text: string): boolean => text.length >= MOST_DIGITS && text.includes('…');

export function trialListItem(
  row: SummaryRow,
  entries: readonly EntryRow[],
  links: QueryParts['mlflowLinks'],
): TrialListItem {
  const parameters = entries.filter(({ kind }) => kind === 'param');
  const metrics = entries.filter(({ kind }) => kind === 'metric');
  return {
    ...trialSummary(row, links),
    parameters: Object.fromEntries(
      parameters.map((entry): [string, ParameterValue] => [entry.name, parameterValue(entry)]),
    ),
    metrics: Object.fromEntries(
      metrics.map(({ name, value }): [string, MetricValue] => [name, metricValue(value ?? Number.NaN)]),
    ),
  };
}
