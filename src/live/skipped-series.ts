import type { FeedOffsets } from '../feed-position.ts';
import { admits, type FeedFilter } from './feed-filter.ts';
import type { FeedWindow } from './feed-window.ts';
import type { GapFrame, SkippedSeries } from './frames.ts';

type Counted = { -readonly [Name in keyof SkippedSeries]: SkippedSeries[Name] };

/** Series that one gap names. */
const MAX_SERIES = 10_000;

/** The series of the points after a position that a filter admits, and the number of records that contain them. */
export function skippedSeries(
  window: FeedWindow,
  from: FeedOffsets,
  filter: FeedFilter,
): GapFrame & { readonly records: number } {
  const series = new Map<string, Counted>();
  let more = false;
  let records = 0;
  for (let index = 0; index < window.size; index += 1) {
    for (const entry of window.from(index, from[index] ?? 0)) {
      if (entry.kind !== 'points' || !admits(filter, entry)) continue;
      records += 1;
      const { run, trial, step } = entry;
      for (const name in entry.values) {
        if (filter.metrics !== undefined && !filter.metrics.has(name)) continue;
        const key = `${run}\n${trial ?? ''}\n${name}`;
        const known = series.get(key);
        if (known !== undefined) {
          known.points += 1;
          known.from_step = Math.min(known.from_step, step);
        } else if (series.size < MAX_SERIES) {
          series.set(key, { model_run_id: run, trial_id: trial, name, from_step: step, points: 1 });
        } else more = true;
      }
    }
  }
  return { series: [...series.values()], more, records };
}
