import type { TrialSummary } from '../../src/queries/shapes.ts';

/** From the start of a trial to its end, in milliseconds; null while either is not known. */
export function elapsedMs({
  started_at,
  completed_at,
}: Pick<TrialSummary, 'started_at' | 'completed_at'>): number | null {
  return started_at === null || completed_at === null ? null : Date.parse(completed_at) - Date.parse(started_at);
}
