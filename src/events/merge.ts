import { hash } from 'node:crypto';
import type { TrialCommand } from '../avro/records.ts';
import type { MlEvent } from './event.ts';
import { canonicalJson } from './ids.ts';

/**
 * The merge law: a row is a function of the set of records about it, never of their order or number.
 *
 * The columns of a row fall into groups. Each group is taken whole from the record with the greatest version among those
 * that speak of it, and a version is (timestamp, event id), written so that comparing text compares versions. Taking the
 * greatest of a totally ordered set is commutative, associative and idempotent, which is the whole proof.
 */
export const GROUPS = {
  outcome: ['status', 'completed_at', 'error_type', 'error_message'],
  duration: ['duration_ms'],
  metrics: ['metrics'],
  hyperparams: ['hyperparams'],
  parameters: ['parameters'],
  artifact: ['artifact_uri'],
  rank: ['rank'],
  spectral_norm: ['spectral_norm'],
  mlflow: ['mlflow_run_id'],
  metadata: ['metadata'],
} as const;

export type Group = keyof typeof GROUPS;
export type Column = (typeof GROUPS)[Group][number];

export const GROUP_NAMES = Object.keys(GROUPS) as readonly Group[];

export type Status = 'queued' | 'running' | 'completed' | 'failed' | 'cancelled' | 'skipped';

/** What one record says of one group: its version and the values of the group's columns, in their order. */
export interface Statement {
  readonly version: string;
  readonly values: readonly unknown[];
}

/** A row of a run (`trial_id` null) or of a trial, as far as some set of records tells it. */
export interface Row {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  /** The least start, epoch milliseconds. */
  started_at: number | null;
  readonly said: Partial<Record<Group, Statement>>;
}

/** Text that sorts as (timestamp, id) does, for any time a Date holds, before 1970 too. */
export const versionOf = (timestampMs: number, id: string): string =>
  (timestampMs < 0
    ? `0${(8.64e15 + timestampMs).toString().padStart(16, '0')}`
    : `1${timestampMs.toString().padStart(16, '0')}`) + id;

/** Two records can share timestamp and id and still differ (a client's mistake); their content then decides. */
function tieBreak(values: readonly unknown[]): string {
  const text = canonicalJson(values);
  return text.length <= 16 ? text : hash('sha1', text, 'hex').slice(0, 16);
}

/**
 * Status is a ladder: queued, running, then the terminal ones. All records of the lower two rungs say the same, so their
 * version is the rung alone, and thousands of metric points leave the row of their trial untouched.
 */
const QUEUED: Statement = { version: '0', values: ['queued', null, null, null] };
const RUNNING: Statement = { version: '1', values: ['running', null, null, null] };

const terminal = (event: MlEvent, status: Status, errorType: string | null, errorMessage: string | null): Statement => {
  const values = [status, event.timestamp, errorType, errorMessage];
  return { version: `2${versionOf(event.timestamp, event.event_id)}${tieBreak(values)}`, values };
};

function outcomeOf(event: MlEvent): Statement {
  switch (event.event) {
    case 'ml.run.start':
    case 'ml.trial.start':
    case 'ml.run.metric':
      return RUNNING;
    case 'ml.run.stop':
      return terminal(event, event.state, event.error_type, event.error_message);
    case 'ml.trial.complete':
      return terminal(event, 'completed', null, null);
    case 'ml.trial.failed':
      return terminal(
        event,
        event.error_type === 'pruned' ? 'skipped' : 'failed',
        event.error_type,
        event.error_message,
      );
  }
}

/** The columns an event may fill beside its outcome, by the field that fills each. */
const FILLED: readonly (readonly [Group, string])[] = [
  ['duration', 'duration_ms'],
  ['metrics', 'metrics'],
  ['hyperparams', 'hyperparams'],
  ['parameters', 'parameters'],
  ['artifact', 'artifact_uri'],
  ['rank', 'rank'],
  ['spectral_norm', 'spectral_norm'],
  ['mlflow', 'mlflow_run_id'],
  ['metadata', 'metadata'],
];

function fill(said: Row['said'], record: object, version: string, skip?: Group): void {
  const fields = record as Readonly<Record<string, unknown>>;
  for (const [group, field] of FILLED) {
    const value = fields[field];
    if (value === undefined || value === null || group === skip) continue;
    const values = [value];
    said[group] = { version: version + tieBreak(values), values };
  }
}

/** The row an event tells of: of its trial, or of its run where it names no trial. */
export function rowOfEvent(event: MlEvent): Row {
  const said: Row['said'] = { outcome: outcomeOf(event) };
  const isMetric = event.event === 'ml.run.metric';
  // The metadata of a metric point belongs to the point (its epoch, say), not to the trial.
  fill(said, event, versionOf(event.timestamp, event.event_id), isMetric ? 'metadata' : undefined);
  const starts = event.event === 'ml.run.start' || event.event === 'ml.trial.start';
  return {
    model_run_id: event.model_run_id,
    trial_id: event.trial_id,
    started_at: starts ? event.timestamp : null,
    said,
  };
}

/** The row a command tells of: what it asks to start is queued. A command to cancel says nothing until it has worked. */
export function rowOfCommand(command: TrialCommand): Row | undefined {
  if (command.operation === 'cancel_run' || command.operation === 'cancel_trial') return undefined;
  const said: Row['said'] = { outcome: QUEUED };
  fill(said, command, versionOf(command.requested_at, command.command_id));
  return { model_run_id: command.model_run_id, trial_id: command.trial_id, started_at: null, said };
}

/** Merges `more` into `row`; both must be about the same subject. */
export function mergeInto(row: Row, more: Row): void {
  if (more.started_at !== null && (row.started_at === null || more.started_at < row.started_at)) {
    row.started_at = more.started_at;
  }
  for (const group of GROUP_NAMES) {
    const statement = more.said[group];
    const held = row.said[group];
    if (statement !== undefined && (held === undefined || statement.version > held.version))
      row.said[group] = statement;
  }
}

/** One row for each subject in `rows`, in the order of their keys, so that every writer locks rows in the same order. */
export function mergeRows(rows: Iterable<Row>): Row[] {
  const merged = new Map<string, Row>();
  for (const row of rows) {
    const key = JSON.stringify([row.model_run_id, row.trial_id]);
    const held = merged.get(key);
    if (held === undefined) merged.set(key, { ...row, said: { ...row.said } });
    else mergeInto(held, row);
  }
  return [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}
