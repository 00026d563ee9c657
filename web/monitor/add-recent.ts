import type { TrialListItem } from '../../src/queries/shapes.ts';
import { pairKey } from '../data/pair-key.ts';
import type { RecentValues } from '../data/recent-values.ts';

/**
 * Adds the points that the list of trials had, so that a page that was just opened is not without curves. The time of the last
 * point stands for that of its arrival, which no table has; one in the future has arrived by now.
 *
 * @param now by the clock of the browser.
 * @param offsetMs the time of the server less that of the browser.
 */
export function addRecent(trials: readonly TrialListItem[], values: RecentValues, now: number, offsetMs: number): void {
  for (const { model_run_id, trial_id, attempt, recent } of trials) {
    if (recent == null) continue;
    const { name, step, time_ms, value } = recent;
    values.add(
      pairKey(model_run_id, trial_id),
      // An answer has the points of the latest attempt, which is at least that of the row.
      step.map((each, at) => [each, time_ms[at] ?? 0, '', attempt, { [name]: value[at] ?? 'NaN' }]),
      Math.min(now, Math.max(...time_ms) - offsetMs),
    );
  }
}
