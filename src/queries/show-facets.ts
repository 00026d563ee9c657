import { reachesRun } from '../access/run-reach.ts';
import type { Status } from '../events/merge.ts';
import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';
import { trialCounts } from './run-rows.ts';
import type { Facets, MetricFacet, ParameterFacet } from './shapes.ts';
import { parameterValue } from './trial-rows.ts';

/** Values of a parameter that are listed. */
const MOST_VALUES = 50;

/**
 * The aggregates of each name over the entries of runs: those in the range of the keys of their trials, which are mostly those of
 * the runs alone. Looking up every trial under every name would take several times as long, and so would grouping the entries of all
 * names at once. "is true" makes the keys a hash table that is filled once, instead of a join for each name.
 *
 * @param entries a select list and a table `e` of the index.
 */
const byName = (aggregates: string, entries: string, groupBy = ''): string => `
  with keys as materialized (select trial_key from trial_index where model_run_id = any($1::text[])),
  bounds as (select min(trial_key) as low, max(trial_key) as high from keys)
  select n.name, s.*
  from bounds b cross join trial_index_names n cross join lateral (
    select ${aggregates}
    from (
      select ${entries}
      where e.name_key = n.name_key and e.trial_key between b.low and b.high
        and (e.trial_key in (select trial_key from keys)) is true
      ${groupBy}
    ) e
  ) s
  where s.trials > 0
  order by n.name`;

const PARAMETERS = byName(
  `sum(e.trials)::int4 as trials, coalesce(sum(e.trials) filter (where e.num is not null), 0)::int4 as numbers,
     min(e.num) as min, max(e.num) as max, count(*)::int4 as distinct,
     json_agg(json_build_array(e.num, e.bool, e.txt, e.trials) order by e.trials desc, e.num, e.txt, e.bool)
       filter (where e.kinds <= ${MOST_VALUES}) as values`,
  'e.num, e.bool, e.txt, count(*)::int4 as trials, count(*) over () as kinds from trial_parameters e',
  'group by e.num, e.bool, e.txt',
);

const METRICS = byName(
  `count(*)::int4 as trials, (count(*) filter (where not e.is_finite))::int4 as nonfinite,
     min(e.value) filter (where e.is_finite) as min, max(e.value) filter (where e.is_finite) as max`,
  `e.value, e.value > '-Infinity' and e.value < 'Infinity' as is_finite from trial_final_metrics e`,
);

const NORMS = `
  select (count(*) filter (where spectral_norm))::int4 as with, (count(*) filter (where not spectral_norm))::int4 as without
  from trial_index where model_run_id = any($1::text[])`;

const COUNTS = `
  select status, count(*)::int4 as count from trial_index where model_run_id = any($1::text[]) group by status`;

const RUNS = `
  select (select count(*) from model_runs where model_run_id = any($1::text[]))::int4 as runs,
    coalesce((select array_agg(distinct name order by name) from run_metric_names where model_run_id = any($1::text[])), '{}') as names`;

type Value = readonly [num: number | null, bool: boolean | null, txt: string | null, trials: number];
type ParameterRow = Omit<ParameterFacet, 'values'> & { readonly values: readonly Value[] | null };

/** `GET /api/runs/{run}/facets`, over the trials of the run and of others */
export const showFacets =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const run = idOf(call.parameters, 'run', 'model_run_id');
    const others = new QueryReader(call.request, ['model_run_id']).ids('model_run_id');
    const runs = [...new Set([run, ...others.filter((other) => reachesRun(call.access, other))])];
    const position = await asOf();
    const content = await database.serveIndexed(call.response, (ask) => find(ask, runs));
    return answer(call, content, position);
  };

async function find(ask: AskDatabase, runs: readonly string[]): Promise<Omit<Facets, 'as_of'>> {
  const [row] = await ask<{ runs: number; names: readonly string[] }>(RUNS, [runs]);
  if (row === undefined || row.runs === 0) throw new Problem('not_found', 'no event has named this run');
  const [norms] = await ask<Facets['spectral_norm']>(NORMS, [runs]);
  const parameters = await ask<ParameterRow>(PARAMETERS, [runs]);
  return {
    model_run_id: runs[0] ?? '',
    trials: trialCounts(await ask<{ status: Status; count: number }>(COUNTS, [runs])),
    spectral_norm: norms ?? { with: 0, without: 0 },
    parameters: parameters.map(({ values, ...facet }) => ({
      ...facet,
      values:
        values === null
          ? null
          : values.map(([value, bool, txt, trials]) => ({ value: parameterValue({ value, bool, txt }), trials })),
    })),
    metrics: await ask<MetricFacet>(METRICS, [runs]),
    metric_names: row.names,
  };
}
