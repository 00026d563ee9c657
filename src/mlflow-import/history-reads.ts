import { MAX_BULK_POINTS, MAX_BULK_RUNS } from '../mlflow/history-calls.ts';
import type { StoredPoint, StoredRun } from '../mlflow/stored-entities.ts';

/** Runs whose points of one metric are read together; a single run is read page by page. */
export interface HistoryRead {
  readonly name: string;
  readonly runs: readonly StoredRun[];
}

/** Points that a bulk answer is planned to have: below its limit, because lengths are only estimated. */
const PLANNED_POINTS = 0.8 * MAX_BULK_POINTS;

/**
 * Plans how the histories of some runs are read: short series of many runs together, which costs MLflow least. The length of
 * a series is not known before it is read; most series have one point for each step.
 */
export function planReads(runs: readonly StoredRun[]): readonly HistoryRead[] {
  const byName = new Map<string, StoredRun[]>();
  for (const run of runs) {
    for (const name of run.latest.keys()) {
      const having = byName.get(name) ?? [];
      having.push(run);
      byName.set(name, having);
    }
  }
  return [...byName].flatMap(([name, having]) => groupsOf(name, having).map((group) => ({ name, runs: group })));
}

function groupsOf(name: string, runs: readonly StoredRun[]): StoredRun[][] {
  const groups: StoredRun[][] = [];
  let planned = Number.POSITIVE_INFINITY;
  for (const run of runs) {
    const length = Math.max(1, (run.latest.get(name)?.step ?? 0) + 1);
    if (planned + length > PLANNED_POINTS || (groups.at(-1)?.length ?? 0) >= MAX_BULK_RUNS) {
      groups.push([]);
      planned = 0;
    }
    groups.at(-1)?.push(run);
    planned += length;
  }
  return groups;
}

/**
 * The reads that replace one whose answer was cut. A run that has more than half of the points in that answer is read alone,
 * because it would fill the answer of its half as well.
 */
export function smallerReads(
  { name, runs }: HistoryRead,
  byRun: ReadonlyMap<string, readonly StoredPoint[]>,
): readonly HistoryRead[] {
  const long = runs.find(({ runId }) => (byRun.get(runId)?.length ?? 0) > MAX_BULK_POINTS / 2);
  const middle = runs.length >> 1;
  const parts =
    long === undefined ? [runs.slice(0, middle), runs.slice(middle)] : [[long], runs.filter((run) => run !== long)];
  return parts.map((part) => ({ name, runs: part }));
}
