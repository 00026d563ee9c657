/** SQL expressions of one series. */
export interface SeriesSql {
  readonly trialKey: string;
  readonly nameKey: string;
  /** The attempt whose points count; null: every attempt. */
  readonly attempt: string;
  readonly isRolledUp: string;
  /** The first and the last step. */
  readonly from: string;
  readonly to: string;
}

/** The first and the last step of a series. */
export interface SeriesEdges {
  readonly first: string;
  readonly last: string;
  /** The width of the roll-up's buckets; 1 for a series of points. */
  readonly bucket_steps: string;
}

/**
 * A query of one row of {@link SeriesEdges} as int8: the first and the last step between two steps, by two look-ups in
 * the index, or by the roll-up alone if the points are in an older tier. Without points the row has nulls, or there is
 * none.
 */
export function seriesEdges({ trialKey, nameKey, attempt, isRolledUp, from, to }: SeriesSql): string {
  const edge = (direction: 'asc' | 'desc'): string => `
    (select m.step from trial_metrics m where m.trial_key = ${trialKey} and m.name_key = ${nameKey}
       and m.step between ${from} and ${to} order by m.step ${direction} limit 1)`;
  return `
    select ${edge('asc')} as first, ${edge('desc')} as last, 1::int8 as bucket_steps where not ${isRolledUp}
    union all
    select greatest(min(u.first_step), ${from}), least(max(u.last_step), ${to}), max(u.bucket_steps)
    from metric_rollups u
    where ${isRolledUp} and u.trial_key = ${trialKey} and u.name_key = ${nameKey}
      and u.attempt = coalesce(${attempt}, u.attempt) and u.last_step >= ${from} and u.first_step <= ${to}
    having count(*) > 0`;
}
