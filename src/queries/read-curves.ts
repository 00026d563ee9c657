import { IS_ROLLED_UP } from '../store/queries/is-rolled-up.ts';
import { curveOf } from './curve-columns.ts';
import type { AskDatabase } from './database.ts';
import {
  GROUP,
  GROUP_ORDER,
  type GroupColumns,
  type GroupKey,
  groupOfRow,
  groupSql,
  parametersOf,
} from './group-keys.ts';
import { nameKeys } from './name-keys.ts';
import type { Curves } from './page-shapes.ts';
import { readPoints, type SeriesKey } from './read-points.ts';
import { readRollups } from './read-rollups.ts';
import { sharedWidth } from './read-series.ts';
import { SeriesBuckets } from './series-buckets.ts';
import { type SeriesEdges, seriesEdges } from './series-edges.ts';
import { exactNumber, SqlText } from './sql-text.ts';
import { namesOf, type TrialFilter, trialConditions } from './trial-filter.ts';

export interface ReadCurves {
  readonly filter: TrialFilter;
  readonly runPrefix: string;
  /** One or two. */
  readonly groupBy: readonly GroupKey[];
  readonly metric: string;
  readonly buckets: number;
  /** Trials whose points are read, at most. */
  readonly mostTrials: number;
}

const MOST_CURVES = 20;

type Found = Omit<Curves, 'metric' | 'group_by' | 'as_of'>;

interface TrialRow extends GroupColumns, SeriesKey, SeriesEdges {
  readonly matched: number;
  readonly read: number;
  readonly is_rolled_up: boolean;
}

const ALL_STEPS = { from: 0n, to: (1n << 63n) - 1n };

/**
 * The course of a metric over groups of trials, each trial by its latest attempt. Of more than `mostTrials`, those with the least hashes of
 * their keys are read: an even sample that is the same each time.
 */
export async function readCurves(ask: AskDatabase, request: ReadCurves): Promise<Found> {
  const { buckets, groupBy } = request;
  const keys = await nameKeys(ask, [...namesOf(request.filter), ...parametersOf(groupBy)]);
  const sql = new SqlText();
  const rows = await ask<TrialRow>(`with ${wanted(request, sql, keys)} ${TRIALS}`, sql.values);
  const trials = rows.filter(({ trial_key }) => trial_key !== null);
  // No bucket of a curve is narrower than one of a roll-up, so that each has a value of every trial that trained there.
  const width = trials
    .map(({ bucket_steps }) => BigInt(bucket_steps))
    .reduce((most, steps) => (steps > most ? steps : most), sharedWidth(trials, buckets));
  const bucketsOf = new Map(trials.map((trial) => [trial, new SeriesBuckets(width)]));
  const [rolledUp, raw] = [trials.filter((trial) => trial.is_rolled_up), trials.filter((trial) => !trial.is_rolled_up)];
  await readPoints(ask, raw, ALL_STEPS, (trial, points) => bucketsOf.get(trial)?.add(points));
  await readRollups(ask, rolledUp, (trial, rollups) => bucketsOf.get(trial)?.addRollups(rollups, ALL_STEPS));
  const groups = [...Map.groupBy(trials, (row) => JSON.stringify(groupOfRow(row, groupBy))).values()].map((of) => ({
    group: groupOfRow(of[0] as TrialRow, groupBy),
    series: of.flatMap((trial) => bucketsOf.get(trial) ?? []),
  }));
  const kept = new Set(groups.toSorted((a, b) => b.series.length - a.series.length).slice(0, MOST_CURVES));
  return {
    trials: rows[0]?.matched ?? 0,
    trials_read: rows[0]?.read ?? 0,
    resolution: rolledUp.length > 0 ? 'rolled_up' : 'exact',
    source: rolledUp.length === 0 ? 'table' : raw.length === 0 ? 'rollups' : 'both',
    trials_rolled_up: rolledUp.length,
    bucket_steps: exactNumber(width),
    curves: groups
      .filter((group) => kept.has(group))
      .map(({ group, series }) => ({ group, ...curveOf(series, width) })),
    groups_left_out: groups.length - kept.size,
  };
}

/** `wanted`: the trials that are read, with the keys of their points. */
function wanted(request: ReadCurves, sql: SqlText, keys: Awaited<ReturnType<typeof nameKeys>>): string {
  const { filter, runPrefix, groupBy, metric, mostTrials } = request;
  const { columns, joins } = groupSql(groupBy, sql, keys);
  return `
    matched as materialized (
      select k.trial_key as place, k.model_run_id, k.trial_id, ${columns}
      from trial_index k ${joins}
      where ${trialConditions(filter, runPrefix, sql, keys)}
    ),
    chosen as (select * from matched order by hashint4(place), place limit ${sql.value(mostTrials)}),
    wanted as materialized (
      select k.trial_key, n.name_key, case when r.points_attempt <> 0 then r.attempt end as attempt, ${IS_ROLLED_UP} as is_rolled_up,
        ${GROUP}
      from chosen c
      join metric_trials k on k.model_run_id = c.model_run_id and k.trial_id = c.trial_id
      join cerebros_model_trials r on r.model_run_id = c.model_run_id and r.trial_id = c.trial_id
      join metric_names n on n.name = ${sql.value(metric)}
    )`;
}

/**
 * The trials that have points, with their first and last step: by two look-ups in the index, or by the roll-up. One row
 * without a trial if there is none.
 */
const TRIALS = `
  select c.matched, c.read, w.*
  from (select (select count(*)::int4 from matched) as matched, (select count(*)::int4 from chosen) as read) c
  left join (
    select w.*, e.first::text, e.last::text, e.bucket_steps::text
    from wanted w cross join lateral (${seriesEdges({
      trialKey: 'w.trial_key',
      nameKey: 'w.name_key',
      attempt: 'w.attempt',
      isRolledUp: 'w.is_rolled_up',
      from: `${ALL_STEPS.from}`,
      to: `${ALL_STEPS.to}`,
    })}) e
    where e.first is not null
  ) w on true
  order by ${GROUP_ORDER}`;
