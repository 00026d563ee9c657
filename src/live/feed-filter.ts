import type { FeedEntry } from './feed-entry.ts';

/** Which entries a client receives. An absent set admits everything. */
export interface FeedFilter {
  readonly runs?: ReadonlySet<string> | undefined;
  readonly trials?: ReadonlySet<string> | undefined;
  /** Names of metrics; they limit points, and no other event. */
  readonly metrics?: ReadonlySet<string> | undefined;
  /** Whether points are sent at all. */
  readonly points: boolean;
  /** The start of every run that the key of the client reaches; `''` is every run. */
  readonly runPrefix: string;
}

/** Whether an entry belongs to the runs and trials of a filter. */
export function admits({ runs, trials, points, runPrefix }: FeedFilter, { kind, run, trial }: FeedEntry): boolean {
  if (kind === 'points' && !points) return false;
  if (!run.startsWith(runPrefix)) return false;
  if (runs !== undefined && !runs.has(run)) return false;
  if (trials === undefined || (trial !== null && trials.has(trial))) return true;
  // The end of a run concerns its trials, and another run may have trials with the same ids.
  return kind === 'event' && trial === null && runs !== undefined;
}

/** Equal for filters that admit the same. */
export function filterKey({ runs, trials, metrics, points, runPrefix }: FeedFilter): string {
  const sorted = (values: ReadonlySet<string> | undefined) => values && [...values].sort();
  return JSON.stringify([sorted(runs), sorted(trials), sorted(metrics), points, runPrefix]);
}
