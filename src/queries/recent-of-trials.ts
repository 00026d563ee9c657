import { IS_ROLLED_UP } from '../store/queries/is-rolled-up.ts';
import { BinaryArray } from '../store/read-binary-array.ts';
import type { AskDatabase } from './database.ts';
import type { RecentPoints } from './recent-points.ts';
import { exactNumber, metricValue } from './sql-text.ts';

/** Points of one trial, at most. */
export const MOST_RECENT_POINTS = 100;
/** Points of one answer: at 60 bytes each some 1 MB. */
export const MOST_POINTS_OF_LIST = 20_000;

/** The metric whose points are shown: the first of these that a trial has, else the first one by name. */
const PREFERRED = ['val_accuracy', 'accuracy', 'val_loss', 'loss'];
/** Names of a run that are tried for a trial, so that a run with any number of names takes a bounded time. */
const MOST_NAMES = 100;

/**
 * The last points of one metric of each trial. Names are tried in their order until the trial has a point, so each takes one
 * look-up in the index of points, and each trial one range of it. Points of an older tier are left out.
 */
const RECENT = `
  select k.number::int4, m.name, p.*
  from (
    select g.number, k.trial_key, k.model_run_id, case when t.points_attempt <> 0 then t.attempt end as attempt
    from unnest($1::text[], $2::text[]) with ordinality as g (model_run_id, trial_id, number)
    join metric_trials k on k.model_run_id = g.model_run_id and k.trial_id = g.trial_id
    join cerebros_model_trials t on t.model_run_id = g.model_run_id and t.trial_id = g.trial_id
    where not ${IS_ROLLED_UP}
  ) k
  cross join lateral (
    select c.* from (
      select n.name_key, n.name from run_metric_names u join metric_names n on n.name = u.name
      where u.model_run_id = k.model_run_id
      order by coalesce(array_position($3::text[], n.name), ${PREFERRED.length + 1}), n.name limit ${MOST_NAMES}
    ) c
    where exists (
      select from trial_metrics m where m.trial_key = k.trial_key and m.name_key = c.name_key
        and (k.attempt is null or coalesce(m.attempt, 0) = k.attempt)
    )
    limit 1
  ) m
  cross join lateral (
    select array_send(array_agg(l.step)) as steps, array_send(array_agg(l.recorded_at)) as times,
      array_send(array_agg(l.value)) as values
    from (
      select m2.step, m2.recorded_at, m2.value from trial_metrics m2
      where m2.trial_key = k.trial_key and m2.name_key = m.name_key
        and (k.attempt is null or coalesce(m2.attempt, 0) = k.attempt)
      order by m2.step desc, m2.event_id desc limit $4
    ) l
  ) p`;

interface RecentRow {
  readonly number: number;
  readonly name: string;
  readonly steps: Buffer | null;
  readonly times: Buffer | null;
  readonly values: Buffer | null;
}

/** The last points of each trial, in its place; null for a trial that has none in the table of points. */
export async function recentOfTrials(
  ask: AskDatabase,
  trials: readonly { readonly model_run_id: string; readonly trial_id: string }[],
  most: number,
): Promise<readonly (RecentPoints | null)[]> {
  const rows = await ask<RecentRow>(RECENT, [
    trials.map(({ model_run_id }) => model_run_id),
    trials.map(({ trial_id }) => trial_id),
    PREFERRED,
    most,
  ]);
  const rowOf = new Map(rows.map((row) => [row.number, row]));
  return trials.map((_, at) => {
    const row = rowOf.get(at + 1);
    return row === undefined ? null : pointsOf(row);
  });
}

/** The rows are in descending order of steps, and the answer is in ascending order. */
function pointsOf({ name, steps, times, values }: RecentRow): RecentPoints {
  const [step, time, value] = [new BinaryArray(steps), new BinaryArray(times), new BinaryArray(values)];
  const places = Array.from({ length: step.length }, (_, at) => step.length - 1 - at);
  return {
    name,
    step: places.map((at) => exactNumber(step.int8(at))),
    time_ms: places.map((at) => time.time(at)),
    value: places.map((at) => metricValue(value.float8(at))),
  };
}
