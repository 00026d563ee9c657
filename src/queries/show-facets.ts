import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import { countTrials } from './list-runs.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';
import { trialCounts } from './run-rows.ts';
import type { Facets, MetricFacet, ParameterFacet } from './shapes.ts';
import { parameterValue } from './trial-rows.ts';

/** Values of a parameter that are listed. */
const MOST_VALUES = 50;

/**
 * The aggregates of each name over the entries of a run: those in the range of the keys of its trials, which are mostly those of the
 * run alone. Looking up every trial under every name would take several times as long, and so would grouping the entries of all
 * names at once. "is true" makes the keys a hash table that is filled once, instead of a join for each name.
 *
 * @param entries a select list and a table `e` of the index.
 */
const byName = (aggregates: string, entries: string, groupBy = ''): string => `
  with keys as materialized (select trial_key from trial_index where model_run_id = $1),
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
  from trial_index where model_run_id = $1`;

const RUN = `
  select coalesce((select array_agg(name order by name) from run_metric_names where model_run_id = $1), '{}') as names
  from model_runs where model_run_id = $1`;

type Value = readonly [num: number | null, bool: boolean | null, txt: string | null, trials: number];
type ParameterRow = Omit<ParameterFacet, 'values'> & { readonly values: readonly Value[] | null };

/** `GET /api/runs/{run}/facets` */
export const showFacets =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const run = idOf(call.parameters, 'run', 'model_run_id');
    new QueryReader(call.request, []);
    const position = await asOf();
    const content = await database.serveIndexed(call.response, (ask) => find(ask, run));
    return answer(call, content, position);
  };

async function find(ask: AskDatabase, run: string): Promise<Omit<Facets, 'as_of'>> {
  const [row] = await ask<{ names: readonly string[] }>(RUN, [run]);
  if (row === undefined) throw new Problem('not_found', 'no event has named this run');
  const [norms] = await ask<Facets['spectral_norm']>(NORMS, [run]);
  const parameters = await ask<ParameterRow>(PARAMETERS, [run]);
  return {
    model_run_id: run,
    trials: (await countTrials(ask, [run])).get(run) ?? trialCounts([]),
    spectral_norm: norms ?? { with: 0, without: 0 },
    parameters: parameters.map(({ values, ...facet }) => ({
      ...facet,
      values:
        values === null
          ? null
          : values.map(([value, bool, txt, trials]) => ({ value: parameterValue({ value, bool, txt }), trials })),
    })),
    metrics: await ask<MetricFacet>(METRICS, [run]),
    metric_names: row.names,
  };
}
