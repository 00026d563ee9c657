import type { RunList, RunSummary, TrialList, TrialListItem } from '../../src/queries/shapes.ts';
import { type RequestJson, requestJson } from '../api/request.ts';
import { pairKey } from '../data/pair-key.ts';

const TRIALS = 60;
const RUNS = 12;
/** Points of each trial, for its sparkline. */
const POINTS = 60;

/** The runs that the monitor shows, and the position of the tables before they were read. */
export interface RunsOfNow {
  readonly runs: readonly RunSummary[];
  readonly as_of: string | null;
}

type Timed = Pick<TrialListItem, 'status' | 'started_at'>;

/** Running ones first, then by their start, the newest first. An id of a later item replaces an earlier one. */
function newest<Item extends Timed>(items: readonly Item[], idOf: (item: Item) => string, most: number): Item[] {
  const time = ({ started_at }: Timed): number => Date.parse(started_at ?? '') || 0;
  const active = ({ status }: Timed): number => (status === 'running' ? 1 : 0);
  return [...new Map(items.map((item) => [idOf(item), item]))]
    .sort(([id, a], [other, b]) => active(b) - active(a) || time(b) - time(a) || (id < other ? -1 : 1))
    .slice(0, most)
    .map(([, item]) => item);
}

/** The trials that the monitor shows, out of those that it knows. */
export const newestTrials = (trials: readonly TrialListItem[]): TrialListItem[] =>
  newest(trials, ({ model_run_id, trial_id }) => pairKey(model_run_id, trial_id), TRIALS);

/** Reads the running trials, however long ago they started, and fills up with the newest ones. */
export async function readTrialsOfNow(
  signal: AbortSignal,
  request: RequestJson = requestJson,
): Promise<readonly TrialListItem[]> {
  const path = `/api/trials?limit=${TRIALS}&sort=-started_at&recent=${POINTS}`;
  const lists = await Promise.all([`${path}&status=running`, path].map((each) => request<TrialList>(each, { signal })));
  return newestTrials(lists.flatMap(({ trials }) => trials));
}

/** Reads the running runs, however long ago they started, and fills up with the newest ones. */
export async function readRunsOfNow(signal?: AbortSignal, request: RequestJson = requestJson): Promise<RunsOfNow> {
  const options = signal === undefined ? {} : { signal };
  const path = `/api/runs?limit=${RUNS}`;
  const running = await request<RunList>(`${path}&status=running`, options);
  const all = await request<RunList>(path, options);
  return { runs: runningFirst([...running.runs, ...all.runs]), as_of: running.as_of };
}

/** The running runs and then the others, each in the order of the server. */
function runningFirst(read: readonly RunSummary[]): readonly RunSummary[] {
  const runs = [...new Map(read.map((run) => [run.model_run_id, run])).values()];
  const isRunning = ({ status }: RunSummary): boolean => status === 'running';
  return [...runs.filter(isRunning), ...runs.filter((run) => !isRunning(run))].slice(0, RUNS);
}
