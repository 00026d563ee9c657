import { hash } from 'node:crypto';
import type { RunMetric, TrialCommand } from '../avro/records.ts';
import type { EventName, MlEvent } from './event.ts';
import { canonicalJson, normaliseId } from './ids.ts';

/**
 * The merge law: a row is a function of the set of records about it, never of their order or number.
 *
 * The columns of a row form groups. Each group is taken whole from the record with the greatest version among the records
 * that set it; versions are totally ordered. The maximum of a totally ordered set is commutative, associative and
 * idempotent, which is the whole proof.
 *
 * The attempt is the most significant part of a version: whatever the process of an earlier attempt still sends, and
 * whenever it arrives, changes nothing that a later attempt has set.
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
 * The result of a trial. It belongs to its latest attempt: a trial that fails at the second attempt must not keep the metrics
 * of the first.
 */
const RESULT = ['duration', 'metrics', 'artifact', 'rank'] as const satisfies readonly Group[];

/**
 * One record's values for one group, in the order of its columns, with the parts of their version, the most significant
 * first. Two records can share time and id and still differ (a client's mistake); then their content decides.
 */
export interface Statement {
  /** The attempt at the trial, from 1; 0 if the record does not number it, and in rows of runs. */
  readonly attempt: number;
  /**
   * The rung of the outcome: queued, running, then the terminal states. Other groups have 2, or 0 for a result that
   * does not exist yet.
   */
  readonly rung: 0 | 1 | 2;
  /** Epoch milliseconds. */
  readonly timestamp: number;
  /** Id of the event or command: a UUID in lower case. */
  readonly id: string;
  readonly values: readonly unknown[];
}

/** A row of a run (`trial_id` null) or of a trial, as a set of records defines it. */
export interface Row {
  readonly model_run_id: string;
  readonly trial_id: string | null;
  /** The least start, epoch milliseconds. */
  started_at: number | null;
  /** The greatest attempt among its metric points; 0 if none of them has a number. */
  points_attempt: number;
  readonly said: Partial<Record<Group, Statement>>;
}

export const emptyRow = (model_run_id: string, trial_id: string | null): Row => ({
  model_run_id,
  trial_id,
  started_at: null,
  points_attempt: 0,
  said: {},
});

/** The attempt of an event, for its versions. The attempts of different trials cannot be compared, so those of a run are all 0. */
export const attemptOf = ({ trial_id, attempt }: Pick<MlEvent, 'trial_id' | 'attempt'>): number =>
  trial_id === null ? 0 : attempt;

/** ASCII, so that JavaScript (UTF-16 units) and Postgres (bytes, collation "C") order it alike. */
const tieBreak = (values: readonly unknown[]): string => hash('sha1', canonicalJson(values), 'hex').slice(0, 16);

/** Negative if `a` is before `b`, positive if after, 0 if both have the same version and content. */
export function compareStatements(a: Statement, b: Statement): number {
  if (a.attempt !== b.attempt) return a.attempt - b.attempt;
  if (a.rung !== b.rung) return a.rung - b.rung;
  // All statements of a lower rung are equal, so thousands of metric points leave the row of their trial unchanged.
  if (a.rung < 2) return 0;
  if (a.timestamp !== b.timestamp) return a.timestamp - b.timestamp;
  if (a.id !== b.id) return a.id < b.id ? -1 : 1;
  const [tieA, tieB] = [tieBreak(a.values), tieBreak(b.values)];
  return tieA === tieB ? 0 : tieA < tieB ? -1 : 1;
}

/** Text that sorts like the times, for any time of a Date, also before 1970. */
const sortableTime = (timestampMs: number): string =>
  timestampMs < 0
    ? `0${(8.64e15 + timestampMs).toString().padStart(16, '0')}`
    : `1${timestampMs.toString().padStart(16, '0')}`;

/** Six characters; "3" is greater than every rung, with which the versions without an attempt start. */
const sortableAttempt = (attempt: number): string => (attempt === 0 ? '' : `3${String(attempt).padStart(5, '0')}`);

/**
 * The version of a statement as text whose byte order is the order of {@link compareStatements}. Without an attempt it is
 * the text of the releases that knew no attempts, so their rows need no change.
 */
export const versionOf = ({ attempt, rung, timestamp, id, values }: Statement): string =>
  sortableAttempt(attempt) + (rung < 2 ? String(rung) : `2${sortableTime(timestamp)}${id}${tieBreak(values)}`);

const VERSION = /^(?:3(\d{5}))?2([01])(\d{16})(.*).{16}$/s;

/** The parts of a version by {@link versionOf}; undefined for a lower rung, which names no record. */
export function readVersion(version: string): StatementSource | undefined {
  const [, attempt = '0', sign, time, id] = VERSION.exec(version) ?? [];
  if (id === undefined) return undefined;
  const timestamp = sign === '1' ? Number(time) : Number(time) - 8.64e15;
  return { attempt: Number(attempt), timestamp, id };
}

/** Sets a group of `row` to `statement` if that is greater than the current one. */
function say(row: Row, group: Group, statement: Statement): void {
  const held = row.said[group];
  if (held === undefined || compareStatements(held, statement) < 0) row.said[group] = statement;
}

const QUEUED: Statement = { attempt: 0, rung: 0, timestamp: 0, id: '', values: ['queued', null, null, null] };
const RUNNING: Statement = { attempt: 0, rung: 1, timestamp: 0, id: '', values: ['running', null, null, null] };
const NO_RESULT: Statement = { attempt: 0, rung: 0, timestamp: 0, id: '', values: [null] };

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

/** The groups of one column, each with the field that fills it; only the outcome has more columns. */
const FILLED = GROUP_NAMES.filter((group) => group !== 'outcome').map((group): readonly [Group, string] => [
  group,
  GROUPS[group][0],
]);

/** The parts of a version that a record has, whatever it states. */
export type StatementSource = Pick<Statement, 'attempt' | 'timestamp' | 'id'>;

/** Sets a group of one column. A value of an older record costs only the comparison. */
function sayValue(row: Row, group: Group, source: StatementSource, value: unknown): void {
  if (value === undefined || value === null) return;
  const held = row.said[group];
  if (held !== undefined && isOlder(source, held)) return;
  const { attempt, timestamp, id } = source;
  say(row, group, { attempt, rung: 2, timestamp, id, values: [value] });
}

/** Whether a value of `source` is before `held`, in {@link compareStatements}, whatever the value is. */
function isOlder({ attempt, timestamp, id }: StatementSource, held: Statement): boolean {
  if (held.attempt !== attempt) return held.attempt > attempt;
  return held.rung === 2 && (held.timestamp > timestamp || (held.timestamp === timestamp && held.id > id));
}

function sayFields(row: Row, record: object, source: StatementSource): void {
  const fields = record as Readonly<Record<string, unknown>>;
  for (const [group, field] of FILLED) sayValue(row, group, source, fields[field]);
}

/**
 * States that an attempt has started, as each of its events does. From the second on, it also states that there is no result
 * yet: that beats the results of earlier attempts, and every result of this one beats it.
 */
function sayStarted(row: Row, attempt: number): void {
  const held = row.said.outcome;
  if (held !== undefined && (held.attempt > attempt || (held.attempt === attempt && held.rung > 0))) return;
  say(row, 'outcome', { ...RUNNING, attempt });
  if (attempt > 1) for (const group of RESULT) say(row, group, { ...NO_RESULT, attempt });
}

const STARTS: ReadonlySet<EventName> = new Set(['ml.run.start', 'ml.trial.start']);

function startAt(row: Row, timestamp: number): void {
  if (row.started_at === null || timestamp < row.started_at) row.started_at = timestamp;
}

/** Applies an event to the row of its trial, or to the row of its run if it names no trial. */
export function addEvent(row: Row, event: MlEvent): void {
  const { timestamp } = event;
  const id = normaliseId(event.event_id);
  if (event.event === 'ml.run.metric') {
    addMetric(row, event, id);
    return;
  }
  const attempt = attemptOf(event);
  const terminal = terminalOf(event);
  sayStarted(row, attempt);
  if (terminal !== undefined) say(row, 'outcome', { attempt, rung: 2, timestamp, id, values: terminal });
  sayFields(row, event, { attempt, timestamp, id });
  if (STARTS.has(event.event)) startAt(row, timestamp);
}

/**
 * {@link addEvent} for a metric event, of which there are thousands. Its metadata belongs to its points (the epoch, for
 * example), not to the trial.
 *
 * @param id the id of the event as {@link normaliseId} returns it.
 */
export function addMetric(row: Row, event: RunMetric, id: string): void {
  const { timestamp, spectral_norm, mlflow_run_id } = event;
  const attempt = attemptOf(event);
  sayStarted(row, attempt);
  row.points_attempt = Math.max(row.points_attempt, attempt);
  // Most points state neither, and need no source.
  if (spectral_norm !== null) sayValue(row, 'spectral_norm', { attempt, timestamp, id }, spectral_norm);
  if (mlflow_run_id !== null) sayValue(row, 'mlflow', { attempt, timestamp, id }, mlflow_run_id);
}

/** Applies a command: a start marks its row queued. A cancel request changes nothing; only the resulting event does. */
export function addCommand(row: Row, command: TrialCommand): void {
  say(row, 'outcome', QUEUED);
  sayFields(row, command, { attempt: 0, timestamp: command.requested_at, id: normaliseId(command.command_id) });
}

/** Whether a command has a row: it starts a run or a trial. */
export const isStart = ({ operation }: TrialCommand): boolean => operation === 'start_run' || operation === 'run_trial';

/**
 * Applies the row of a trial to its run: the run exists, and it is running once one of its trials has started. The attempt of
 * the trial is not that of the run: otherwise a second attempt would restart a run that has ended.
 */
export function addTrial(run: Row, trial: Row): void {
  say(run, 'outcome', trial.said.outcome?.rung === 0 ? QUEUED : RUNNING);
}
