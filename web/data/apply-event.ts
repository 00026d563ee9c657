import type { Status } from '../../src/events/merge.ts';
import type { LiveEvent } from '../../src/live/frames.ts';
import type { MetricValue, TrialListItem } from '../../src/queries/shapes.ts';

const TERMINAL: ReadonlySet<Status> = new Set(['completed', 'failed', 'cancelled', 'skipped']);

/** Columns of a result. It belongs to the latest attempt: a second attempt that fails has no metrics of the first. */
const NO_RESULT = { duration_ms: null, metrics: {}, rank: null } as const;
/** Groups of columns that an event may set apart from the outcome, as in `src/events/merge.ts`. */
const GROUPS = [
  'duration_ms',
  'metrics',
  'rank',
  'spectral_norm',
  'mlflow_run_id',
  'hyperparams',
  'parameters',
] as const;
type Group = (typeof GROUPS)[number];

interface Version {
  readonly attempt: number;
  readonly timestamp: number;
  readonly id: string;
}

/** The row of a trial with what the next event of the feed is compared with; a row of an answer has the row alone. */
export interface FedTrial extends TrialListItem {
  /** The version of each group that is set. */
  readonly versions?: Readonly<Partial<Record<Group | 'outcome', Version>>>;
  /** Both parts of `parameters`. */
  readonly documents?: Readonly<Partial<Record<Group, Readonly<Record<string, number | string | boolean>>>>>;
}

/** The row of a trial that the pages have not read yet. */
const newTrial = (model_run_id: string, trial_id: string): FedTrial => ({
  model_run_id,
  trial_id,
  status: 'queued',
  attempt: 0,
  spectral_norm: false,
  mlflow_run_id: null,
  mlflow_url: null,
  started_at: null,
  completed_at: null,
  error_type: null,
  error_message: null,
  parameters: {},
  ...NO_RESULT,
  versions: {},
});

/** A row of an answer, which does not have the versions: its result is that of its end. */
function withVersions(row: FedTrial): FedTrial {
  if (row.versions !== undefined) return row;
  const { attempt, completed_at, mlflow_run_id } = row;
  const other: Version = { attempt, timestamp: Number.NEGATIVE_INFINITY, id: '' };
  const outcome = completed_at === null ? undefined : { ...other, timestamp: Date.parse(completed_at) };
  const result = outcome ?? other;
  return {
    ...row,
    versions: {
      ...(outcome !== undefined && { outcome }),
      ...(row.duration_ms !== null && { duration_ms: result }),
      ...(Object.keys(row.metrics).length > 0 && { metrics: result }),
      ...(row.rank !== null && { rank: result }),
      ...(mlflow_run_id !== null && { mlflow_run_id: other }),
      ...{ spectral_norm: other, hyperparams: other, parameters: other },
    },
  };
}

/**
 * The row of a trial after an event of the feed, by the merge law as far as a page shows it: each group of columns is that of the
 * greatest (attempt, timestamp, event id) that sets it, and a terminal status beats every other of its attempt. An event
 * that arrives twice or late changes nothing. Returns `row` itself if nothing changes.
 */
export function applyEvent(row: FedTrial | undefined, event: LiveEvent): FedTrial | undefined {
  if (event.trial_id === null) return row;
  const status = statusOf(event);
  if (status === undefined) return row;
  const before = row === undefined ? newTrial(event.model_run_id, event.trial_id) : withVersions(row);
  const version = { attempt: event.attempt, timestamp: event.timestamp, id: event.event_id.toLowerCase() };
  let held = status === 'queued' ? before : started(before, event, status);
  if (TERMINAL.has(status) && isNewer(version, 'outcome', held)) held = ended(held, event, status, version);
  for (const group of GROUPS) {
    const value = VALUES[group](event[group]);
    if (value !== null && isNewer(version, group, held)) held = withValue(held, group, value, version);
  }
  return held === before ? (row ?? before) : held;
}

/** A later attempt has no result at first, whichever of its events arrives first. */
function started(row: FedTrial, { attempt, timestamp }: LiveEvent, status: Status): FedTrial {
  let held = row;
  if (attempt > row.attempt || (attempt === row.attempt && row.status === 'queued')) {
    const { outcome: _, ...versions } = row.versions ?? {};
    const { duration_ms, metrics, rank, ...others } = versions;
    const keepsResult = attempt <= 1 || attempt === row.attempt;
    held = {
      ...row,
      ...(!keepsResult && NO_RESULT),
      ...{ status: 'running', attempt, completed_at: null, error_type: null, error_message: null },
      versions: keepsResult ? versions : others,
    };
  }
  const isFirst = held.started_at === null || timestamp < Date.parse(held.started_at);
  return status === 'running' && isFirst ? { ...held, started_at: timeText(timestamp) } : held;
}

const ended = (row: FedTrial, event: LiveEvent, status: Status, version: Version): FedTrial => ({
  ...row,
  status,
  completed_at: timeText(event.timestamp),
  error_type: textOf(event.error_type),
  error_message: textOf(event.error_message),
  versions: { ...row.versions, outcome: version },
});

function withValue(row: FedTrial, group: Group, value: unknown, version: Version): FedTrial {
  const versions = { ...row.versions, [group]: version };
  if (group !== 'hyperparams' && group !== 'parameters') return { ...row, [group]: value, versions };
  const documents: FedTrial['documents'] = { ...row.documents, [group]: value };
  const parameters = { ...row.parameters, ...documents?.hyperparams, ...documents?.parameters };
  return { ...row, parameters, documents, versions };
}

/** Whether a version is after the one that a group of the row has. */
function isNewer(version: Version, group: Group | 'outcome', { attempt, versions }: FedTrial): boolean {
  const held = versions?.[group];
  // From the second attempt on, each states that there is no result yet.
  if (held === undefined) {
    return version.attempt >= attempt || !(group === 'outcome' || (group in NO_RESULT && attempt > 1));
  }
  if (held.attempt !== version.attempt) return version.attempt > held.attempt;
  return version.timestamp === held.timestamp ? version.id > held.id : version.timestamp > held.timestamp;
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

const timeText = (timestamp: number): string => new Date(timestamp).toISOString();
const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);
const booleanOf = (value: unknown): boolean | null => (typeof value === 'boolean' ? value : null);

function scalarsOf(value: unknown): Record<string, number | string | boolean> | null {
  if (typeof value !== 'object' || value === null) return null;
  const scalar = ([, each]: [string, unknown]): boolean => ['number', 'string', 'boolean'].includes(typeof each);
  return Object.fromEntries(Object.entries(value).filter(scalar));
}

function numbersOf(value: unknown): Record<string, MetricValue> | null {
  if (typeof value !== 'object' || value === null) return null;
  const isNumber = (each: unknown): boolean =>
    typeof each === 'number' || each === 'NaN' || each === 'Infinity' || each === '-Infinity';
  return Object.fromEntries(Object.entries(value).filter(([, each]) => isNumber(each)));
}

/** The value that an event sets of each group; null if it sets none. */
const VALUES: Readonly<Record<Group, (value: unknown) => unknown>> = {
  duration_ms: numberOf,
  metrics: numbersOf,
  rank: numberOf,
  spectral_norm: booleanOf,
  mlflow_run_id: textOf,
  hyperparams: scalarsOf,
  parameters: scalarsOf,
};
