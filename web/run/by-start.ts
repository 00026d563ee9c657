import type { TrialListItem } from '../../src/queries/shapes.ts';
import { firstIndex } from '../data/first-index.ts';

type Started = Pick<TrialListItem, 'trial_id' | 'started_at'>;

/** Whether a trial comes before another one in a list whose newest start is first; those without a start are last. */
function isBefore(a: Started, b: Started): boolean {
  if (a.started_at === b.started_at) return a.trial_id < b.trial_id;
  if (a.started_at === null || b.started_at === null) return b.started_at === null;
  return a.started_at > b.started_at;
}

/**
 * Puts trials at their place in a list whose newest start is first, out of the place that they may have.
 *
 * @param isWhole whether the list has every trial; otherwise one whose place is at the end or after it comes with a later page.
 */
export function putByStart(
  ordered: readonly string[],
  trials: readonly Started[],
  rowOf: (id: string) => Started | undefined,
  isWhole: boolean,
): readonly string[] {
  const moved = new Set(trials.map(({ trial_id }) => trial_id));
  const list = ordered.filter((id) => !moved.has(id));
  for (const trial of trials) {
    const place = firstIndex(list.length, (at) => {
      const row = rowOf(list[at] ?? '');
      return row !== undefined && isBefore(row, trial);
    });
    if (place < list.length || isWhole || ordered.includes(trial.trial_id)) list.splice(place, 0, trial.trial_id);
  }
  return list;
}
