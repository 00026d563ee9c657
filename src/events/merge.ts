import { hash } from 'node:crypto';
import type { RunMetric, TrialCommand } from '../avro/records.ts';
import type { EventName, MlEvent } from './event.ts';
import { canonicalJson, normaliseId } from './ids.ts';

/**
 * The merge law: a row is a function of the set of records about it, never of their order or number.
 *
 * The columns of a row fall into groups. Each group is taken whole from the record with the greatest version among those
 * that speak of it; versions are totally ordered. Taking the greatest of a totally ordered set is commutative, associative
 * and idempotent, which is the whole proof.
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

export const STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'skipped'] as const;
export type Status = (typeof STATUSES)[number];

/**
 * What one record says of one group: the values of the group's columns, in their order, and the parts of its version from
 * the weightiest down. Two records can share time and id and still differ (a client's mistake); their content decides then.
 */
export interface Statement {
  /** Only the outcome has more than one rung: queued, running, then what is terminal. */
  readonly rung: 0 | 1 | 2;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Id of the event or command: a UUID in lower case. */
  readonly id: string;
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

export const emptyRow = (model_run_id: string, trial_id: string | null): Row => ({
  model_run_id,
  trial_id,
  started_at: null,
  said: {},
});

/** ASCII, so that JavaScript (UTF-16 units) and Postgres (bytes, collation "C") order it alike. */
const tieBreak = (values: readonly unknown[]): string => hash('sha1', canonicalJson(values), 'hex').slice(0, 16);

/** Negative where `a` is before `b`, positive where after, 0 where both say the same. */
export function compareStatements(a: Statement, b: Statement): number {
  if (a.rung !== b.rung) return a.rung - b.rung;
  // All records of the lower rungs say the same, so thousands of metric points leave the row of their trial untouched.
  if (a.rung < 2) return 0;
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  const [tieA, tieB] = [tieBreak(a.values), tieBreak(b.values)];
  return tieA === tieB ? 0 : tieA < tieB ? -1 : 1;
}

/** Text that sorts as times do, for any time a Date holds, before 1970 too. */
const sortableTime = (timestampMs: number): string =>
  timestampMs < 0
    ? `0${(8.64e15 + timestampMs).toString().padStart(16, '0')}`
    : `1${timestampMs.toString().padStart(16, '0')}`;

/** The version of a statement as text, so written that comparing bytes is {@link compareStatements}. */
export const versionOf = ({ rung, timestamp, id, values }: Statement): string =>
  rung < 2 ? String(rung) : `2${sortableTime(timestamp)}${id}${tieBreak(values)}`;

/** Takes `statement` into `row` where it is greater than what the row holds. */
function say(row: Row, group: Group, statement: Statement): void {
  const held = row.said[group];
  if (held === undefined || compareStatements(held, statement) < 0) row.said[group] = statement;
}

const QUEUED: Statement = { rung: 0, timestamp: 0, id: '', values: ['queued', null, null, null] };
const RUNNING: Statement = { rung: 1, timestamp: 0, id: '', values: ['running', null, null, null] };

function terminalOf(event: MlEvent): readonly unknown[] | undefined {
  switch (event.event) {
    case 'ml.run.start':
    case 'ml.trial.start':
    case 'ml.run.metric':
      return undefined;
    case 'ml.run.stop':
      return [event.state, event.timestamp, event.error_type, event.error_message];
    case 'ml.trial.complete':
      return ['completed', event.timestamp, null, null];
    case 'ml.trial.failed': {
      const status: Status = event.error_type === 'pruned' ? 'skipped' : 'failed';
      return [status, event.timestamp, event.error_type, event.error_message];
    }
  }
}

/** A group of one column beside the outcome, and the field that fills it. */
const FILLED = GROUP_NAMES.filter((group) => group !== 'outcome').map((group): readonly [Group, string] => [
  group,
  GROUPS[group][0],
]);

/** Takes the value of a group of one column. That of an older record costs no more than finding out that it is older. */
function sayValue(row: Row, group: Group, timestamp: number, id: string, value: unknown): void {
  if (value === undefined || value === null) return;
  const held = row.said[group];
  if (held !== undefined && (held.timestamp > timestamp || (held.timestamp === timestamp && held.id > id))) return;
  say(row, group, { rung: 2, timestamp, id, values: [value] });
}

function sayFields(row: Row, record: object, timestamp: number, id: string): void {
  const fields = record as Readonly<Record<string, unknown>>;
  for (const [group, field] of FILLED) sayValue(row, group, timestamp, id, fields[field]);
}

const STARTS: ReadonlySet<EventName> = new Set(['ml.run.start', 'ml.trial.start']);

function startAt(row: Row, timestamp: number): void {
  if (row.started_at === null || timestamp < row.started_at) row.started_at = timestamp;
}

/** Takes what `event` says into the row of its trial, or of its run where it names no trial. */
export function addEvent(row: Row, event: MlEvent): void {
  const { timestamp } = event;
  const id = normaliseId(event.event_id);
  if (event.event === 'ml.run.metric') {
    addMetric(row, event, id);
    return;
  }
  const terminal = terminalOf(event);
  say(row, 'outcome', terminal === undefined ? RUNNING : { rung: 2, timestamp, id, values: terminal });
  sayFields(row, event, timestamp, id);
  if (STARTS.has(event.event)) startAt(row, timestamp);
}

/**
 * {@link addEvent} for a metric point, of which there are thousands. Its metadata belongs to the point (its epoch, say), not
 * to the trial.
 *
 * @param id the id of the event as {@link normaliseId} has it.
 */
export function addMetric(row: Row, event: RunMetric, id: string): void {
  say(row, 'outcome', RUNNING);
  sayValue(row, 'spectral_norm', event.timestamp, id, event.spectral_norm);
  sayValue(row, 'mlflow', event.timestamp, id, event.mlflow_run_id);
}

/** Takes what a command says into its row: what it asks to start is queued. To ask to cancel says nothing until it worked. */
export function addCommand(row: Row, command: TrialCommand): void {
  say(row, 'outcome', QUEUED);
  sayFields(row, command, command.requested_at, normaliseId(command.command_id));
}

/** Whether a command tells of a row at all. */
export const isStart = ({ operation }: TrialCommand): boolean => operation === 'start_run' || operation === 'run_trial';

/** Takes what the row of a trial tells of its run into `run`: that it is there, and runs once one of its trials did. */
export function addTrial(run: Row, trial: Row): void {
  say(run, 'outcome', trial.said.outcome?.rung === 0 ? QUEUED : RUNNING);
}
