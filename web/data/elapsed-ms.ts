import type { TrialSummary } from '../../src/queries/shapes.ts';

/** From the start of a trial to its end, in milliseconds; null while either is not known. */
export function elapsedMs({
  started_at,
  completed_at,
}: Pick<TrialSummary, 'started_at' | 'completed_at'>): number | null {
  if (started_at === null || completed_at === null) return null;
  return Math.max(0, Date.parse(completed_at) - Date.parse(started_at));
}

/** The duration of a trial; of one that runs, the time since its start. The clock of the browser may be behind that of the trial. */
export function takenMs(
  trial: Pick<TrialSummary, 'status' | 'started_at' | 'completed_at' | 'duration_ms'>,
  now: number,
): number | null {
  const { status, started_at, duration_ms } = trial;
  if (status === 'running' && started_at !== null) return Math.max(0, now - Date.parse(started_at));
  return duration_ms ?? elapsedMs(trial);
}
