import type { ObjectStore } from '../sinks/archive/object-store.ts';
import { IS_ROLLED_UP } from '../store/queries/is-rolled-up.ts';
import { bucketWidth } from './bucket-width.ts';
import type { AskDatabase } from './database.ts';
import { readPoints, type SeriesKey } from './read-points.ts';
import { readRollups } from './read-rollups.ts';
import { SeriesBuckets } from './series-buckets.ts';
import { type SeriesEdges, seriesEdges } from './series-edges.ts';
import type { Resolution, ShownSeries } from './shapes.ts';
import { exactNumber } from './sql-text.ts';
import { columnsOfRows, filesOfTrials, pointsInFiles } from './tier-points.ts';

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
 * The series that have points, with their first and last step. Without a given attempt it is that of the points that the view
 * `trial_metric_points` has. The points of an older tier are known by their roll-ups alone; a series that has none there is found
 * without steps, because the answer states its tier: a later attempt may have points that wait for the tier.
 */
const FOUND = `
  select k.trial_key, k.trial_id, n.name_key, n.name, k.attempt, k.is_rolled_up, e.first::text, e.last::text, e.bucket_steps::text
  from (
    select k.*, coalesce($6::int4, case when r.points_attempt <> 0 then r.attempt end) as attempt, ${IS_ROLLED_UP} as is_rolled_up
    from metric_trials k
    left join cerebros_model_trials r on r.model_run_id = k.model_run_id and r.trial_id = k.trial_id
    where k.model_run_id = $1 and (k.trial_id = any($2::text[]) or (k.trial_id is null and $2::text[] = '{null}'))
  ) k
  cross join metric_names n
  left join lateral (${seriesEdges({
    trialKey: 'k.trial_key',
    nameKey: 'n.name_key',
    attempt: 'k.attempt',
    isRolledUp: 'k.is_rolled_up',
    from: '$4',
    to: '$5',
  })}) e on true
  where n.name = any($3::text[]) and (e.first is not null or k.is_rolled_up)`;

interface FoundSeries extends SeriesKey, SeriesEdges {
  readonly trial_id: string | null;
  readonly name: string;
  readonly is_rolled_up: boolean;
}

type FoundRow = FoundSeries | (Omit<FoundSeries, keyof SeriesEdges> & { readonly first: null });

const keyOf = ({ trial_id, name }: { readonly trial_id: string | null; readonly name: string }): string =>
  JSON.stringify([trial_id, name]);

/** The width of the buckets of all series together. */
export function sharedWidth(found: readonly Pick<SeriesEdges, 'first' | 'last'>[], buckets: number): bigint {
  let [first, last] = [BigInt(found[0]?.first ?? 0), 0n];
  for (const series of found) {
    if (BigInt(series.first) < first) first = BigInt(series.first);
    if (BigInt(series.last) > last) last = BigInt(series.last);
  }
  return bucketWidth(first, last, buckets);
}

/** The series of a request whose points of older tiers may still be in files. */
export interface FoundSeriesList {
  /** Trials whose points are to be read from files. */
  readonly inFiles: readonly number[];
  /** Reads the files, if there are any, and returns a series for each trial and name, in their order. */
  finish(store: ObjectStore): Promise<readonly ShownSeries[]>;
}

/** @param isExact whether points of older tiers are read from their files instead of the roll-ups. */
export async function readSeries(ask: AskDatabase, read: ReadSeries, isExact: boolean): Promise<FoundSeriesList> {
  const { run, trials, names, from, to, buckets, attempt } = read;
  const rows = await ask<FoundRow>(FOUND, [run, trials, names, from, to, attempt ?? null]);
  const found = rows.filter((row): row is FoundSeries => row.first !== null);
  const width = sharedWidth(found, buckets);
  const open = new Map(found.map((series) => [keyOf(series), new SeriesBuckets(width)]));
  const bucketsOf = (series: FoundSeries): SeriesBuckets => open.get(keyOf(series)) as SeriesBuckets;
  const [rolledUp, raw] = [
    found.filter((series) => series.is_rolled_up),
    found.filter((series) => !series.is_rolled_up),
  ];
  await readPoints(ask, raw, read, (series, points) => bucketsOf(series).add(points));
  if (!isExact) await readRollups(ask, rolledUp, (series, rollups) => bucketsOf(series).addRollups(rollups, read));
  const inFiles = isExact ? [...new Set(rolledUp.map(({ trial_key }) => trial_key))] : [];
  const files = await filesOfTrials(ask, inFiles);

  async function readFiles(store: ObjectStore): Promise<void> {
    for (const trialKey of inFiles) {
      const wanted = rolledUp.filter(({ trial_key }) => trial_key === trialKey);
      const points = await pointsInFiles(
        store,
        files,
        trialKey,
        wanted.map(({ name }) => name),
      );
      for (const series of wanted) {
        const own = points.filter(
          (point) =>
            point.name === series.name &&
            (series.attempt === null || point.attempt === series.attempt) &&
            point.step >= from &&
            point.step <= to,
        );
        bucketsOf(series).add(columnsOfRows(own));
      }
    }
  }

  return {
    inFiles,
    async finish(store) {
      await readFiles(store);
      const rowOf = new Map(rows.map((row) => [keyOf(row), row]));
      return trials.flatMap((trial_id) =>
        names.map((name) => {
          const key = keyOf({ trial_id, name });
          const row = rowOf.get(key);
          const isRolledUp = row?.is_rolled_up === true;
          const steps = isRolledUp && !isExact && row.first !== null ? BigInt(row.bucket_steps) : 1n;
          return seriesOf(trial_id, name, steps > width ? steps : width, open.get(key) ?? new SeriesBuckets(width), {
            resolution: isRolledUp && !isExact ? 'rolled_up' : 'exact',
            source: !isRolledUp ? 'table' : isExact ? 'files' : 'rollups',
          });
        }),
      );
    },
  };
}

const seriesOf = (
  trial_id: string | null,
  name: string,
  width: bigint,
  buckets: SeriesBuckets,
  resolution: Resolution,
): ShownSeries => ({
  trial_id,
  name,
  ...resolution,
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
