import type { TrialListItem } from '../../src/queries/shapes.ts';
import { pairKey } from '../data/pair-key.ts';
import type { RecentValues } from '../data/recent-values.ts';

/** Adds the points that the list of trials had, so that a page that was just opened is not without curves. */
export function addRecent(trials: readonly TrialListItem[], values: RecentValues): void {
  for (const { model_run_id, trial_id, attempt, recent } of trials) {
    if (recent == null) continue;
    const { name, step, time_ms, value } = recent;
    values.add(
      pairKey(model_run_id, trial_id),
      // An answer has the points of the latest attempt, which is at least that of the row.
      step.map((each, at) => [each, time_ms[at] ?? 0, '', attempt, { [name]: value[at] ?? 'NaN' }]),
    );
  }
}
