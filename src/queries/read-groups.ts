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
import type { ParameterValue } from './shapes.ts';
import { shortText } from './short-text.ts';
import { SqlText } from './sql-text.ts';
import { namesOf, type TrialFilter, trialConditions } from './trial-filter.ts';

export interface ReadGroups {
  readonly filter: TrialFilter;
  readonly runPrefix: string;
  /** One or two. */
  readonly groupBy: readonly GroupKey[];
  readonly best: 'max' | 'min';
  /** The groups with the most trials are returned, and the others counted. */
  readonly mostGroups: number;
}

/** The values of a final metric in one group. */
export interface SampledGroup {
  /** The value of each key; null for trials without that parameter. */
  readonly group: readonly ParameterValue[];
  readonly trials: number;
  /** Finite, the least first. */
  readonly values: readonly number[];
  readonly noValue: number;
  readonly nan: number;
  readonly infinite: number;
  readonly best: { readonly model_run_id: string; readonly trial_id: string; readonly value: number } | null;
}

export interface Groups {
  /** In the order of their values. */
  readonly groups: readonly SampledGroup[];
  readonly groupsLeftOut: number;
  /** All trials that match, in any group. */
  readonly trials: number;
}

interface GroupRow extends GroupColumns {
  readonly trials: number;
  readonly values: readonly number[] | null;
  readonly nan: number;
  readonly infinite: number;
  readonly best_value: number | null;
  readonly model_run_id: string | null;
  readonly trial_id: string | null;
  readonly all_groups: number;
  readonly all_trials: number;
}

/**
 * The finite values of a metric by group. They leave Postgres as sorted JSON arrays, which the client parses in a fraction of
 * the time of rows. Of trials with the same best value, the one that was seen first is the best.
 */
export async function readGroups(ask: AskDatabase, request: ReadGroups, metric: string): Promise<Groups> {
  const { filter, runPrefix, groupBy, best, mostGroups } = request;
  const metricName = shortText(metric, 255);
  const keys = await nameKeys(ask, [...namesOf(filter), ...parametersOf(groupBy), metricName]);
  const sql = new SqlText();
  const { columns, joins } = groupSql(groupBy, sql, keys);
  const finiteOnly = `value > '-Infinity' and value < 'Infinity'`;
  // One sort serves both arrays. Of equal values the trial that was seen first is the best.
  const order = best === 'max' ? 'order by value, trial_key desc' : 'order by value, trial_key';
  const place = best === 'max' ? 'cardinality(g.trial_keys)' : '1';
  const rows = await ask<GroupRow>(
    `with sampled as (
       select k.trial_key, f.value, ${columns}
       from trial_index k ${joins}
       left join trial_final_metrics f
         on f.name_key = ${sql.value(keys.get(metricName) ?? -1)} and f.trial_key = k.trial_key
       where ${trialConditions(filter, runPrefix, sql, keys)}
     ),
     grouped as (
       select ${GROUP}, count(*)::int4 as trials,
         array_agg(value ${order}) filter (where ${finiteOnly}) as finite,
         array_agg(trial_key ${order}) filter (where ${finiteOnly}) as trial_keys,
         (count(*) filter (where value = 'NaN'))::int4 as nan,
         (count(*) filter (where value in ('Infinity', '-Infinity')))::int4 as infinite,
         count(*) over ()::int4 as all_groups, (sum(count(*)) over ())::int4 as all_trials
       from sampled
       group by ${GROUP}
       order by trials desc, norm, num0, txt0, bool0, num1, txt1, bool1
       limit ${mostGroups}
     )
     select ${GROUP}, trials, to_json(finite) as values, nan, infinite, all_groups, all_trials,
       g.finite[${place}] as best_value, b.model_run_id, b.trial_id
     from grouped g left join trial_index b on b.trial_key = g.trial_keys[${place}]
     order by ${GROUP_ORDER}`,
    sql.values,
  );
  return {
    groups: rows.map((row) => sampledGroup(row, groupBy)),
    groupsLeftOut: (rows[0]?.all_groups ?? 0) - rows.length,
    trials: rows[0]?.all_trials ?? 0,
  };
}

function sampledGroup(row: GroupRow, groupBy: readonly GroupKey[]): SampledGroup {
  const { trials, values, nan, infinite, best_value, model_run_id, trial_id } = row;
  const finite = values ?? [];
  return {
    group: groupOfRow(row, groupBy),
    trials,
    values: finite,
    noValue: trials - finite.length - nan - infinite,
    nan,
    infinite,
    best:
      best_value === null || model_run_id === null || trial_id === null
        ? null
        : { model_run_id, trial_id, value: best_value },
  };
}
