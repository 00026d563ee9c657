import { bucketWidth } from './bucket-width.ts';
import type { AskDatabase } from './database.ts';
import { readPoints, type SeriesKey } from './read-points.ts';
import { SeriesBuckets } from './series-buckets.ts';
import type { ShownSeries } from './shapes.ts';
import { exactNumber } from './sql-text.ts';

/** The series of some trials of a run, or of the run itself (null). */
export interface ReadSeries {
  readonly run: string;
  readonly trials: readonly (string | null)[];
  readonly names: readonly string[];
  /** The first and the last step. */
  readonly from: bigint;
  readonly to: bigint;
  readonly buckets: number;
  /** The attempt whose points are read; undefined: the latest. */
  readonly attempt: number | undefined;
}

/**
 * The series that have points, with their first and last step, each by one look at the index. Without a given attempt it is that of the
 * points that the view `trial_metric_points` has.
 */
const FOUND = `
  select k.trial_key, k.trial_id, n.name_key, n.name, e.first, e.last,
    coalesce($6::int4, case when r.points_attempt <> 0 then r.attempt end) as attempt
  from metric_trials k
  left join cerebros_model_trials r on r.model_run_id = k.model_run_id and r.trial_id = k.trial_id
  cross join metric_names n
  cross join lateral (
    select
      (select m.step from trial_metrics m where m.trial_key = k.trial_key and m.name_key = n.name_key
         and m.step between $4 and $5 order by m.step limit 1)::text as first,
      (select m.step from trial_metrics m where m.trial_key = k.trial_key and m.name_key = n.name_key
         and m.step between $4 and $5 order by m.step desc limit 1)::text as last
  ) e
  where k.model_run_id = $1 and n.name = any($3::text[])
    and (k.trial_id = any($2::text[]) or (k.trial_id is null and $2::text[] = '{null}'))
    and e.first is not null`;

interface FoundSeries extends SeriesKey {
  readonly trial_id: string | null;
  readonly name: string;
  readonly first: string;
  readonly last: string;
}

const keyOf = ({ trial_id, name }: { readonly trial_id: string | null; readonly name: string }): string =>
  JSON.stringify([trial_id, name]);

/** The width of the buckets of all series together. */
export function sharedWidth(
  found: readonly { readonly first: string; readonly last: string }[],
  buckets: number,
): bigint {
  let [first, last] = [BigInt(found[0]?.first ?? 0), 0n];
  for (const series of found) {
    if (BigInt(series.first) < first) first = BigInt(series.first);
    if (BigInt(series.last) > last) last = BigInt(series.last);
  }
  return bucketWidth(first, last, buckets);
}

/** A series for each trial and name, in their order. */
export async function readSeries(ask: AskDatabase, read: ReadSeries): Promise<readonly ShownSeries[]> {
  const { run, trials, names, from, to, buckets, attempt } = read;
  const found = await ask<FoundSeries>(FOUND, [run, trials, names, from, to, attempt ?? null]);
  const width = sharedWidth(found, buckets);
  const bucketsOf = new Map(found.map((series) => [keyOf(series), new SeriesBuckets(width)]));
  await readPoints(ask, found, read, (series, points) => bucketsOf.get(keyOf(series))?.add(points));
  return trials.flatMap((trial_id) =>
    names.map((name) => {
      const key = keyOf({ trial_id, name });
      return seriesOf(trial_id, name, width, bucketsOf.get(key) ?? new SeriesBuckets(width));
    }),
  );
}

const seriesOf = (trial_id: string | null, name: string, width: bigint, buckets: SeriesBuckets): ShownSeries => ({
  trial_id,
  name,
  total: buckets.total,
  shown: buckets.step.length,
  nonfinite: buckets.nonfinite,
  nonfinite_at: buckets.nonfiniteAt,
  min_step: buckets.minStep,
  max_step: buckets.maxStep,
  bucket_steps: exactNumber(width),
  step: buckets.step,
  time_ms: buckets.time,
  last: buckets.last,
  min: buckets.hasSeveral ? buckets.min : null,
  max: buckets.hasSeveral ? buckets.max : null,
});
