import type { Call, Reply } from '../http/route.ts';
import { compareMeans, type MeanComparison } from '../statistics/compare-means.ts';
import { holm } from '../statistics/holm.ts';
import { summarise } from '../statistics/summarise.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import { groupKeyName, readGroupKeys } from './group-keys.ts';
import type { QueryParts } from './query-parts.ts';
import { malformed, QueryReader } from './query-reader.ts';
import { type ReadGroups, readGroups, type SampledGroup } from './read-groups.ts';
import type { ComparedGroup, Comparison, MetricComparison, MetricTest } from './shapes.ts';
import { FILTER_NAMES, FILTER_PREFIXES, readTrialFilter } from './trial-filter.ts';

export const MOST_METRICS = 20;
export const MOST_GROUPS = 200;

/** `GET /api/compare`: final metrics by group, over all trials that match. */
export const compare =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const request = readRequest(call);
    const position = await asOf();
    const content = await database.serveIndexed(call.response, (ask) => compared(ask, request));
    return answer(call, content, position);
  };

interface CompareRequest extends ReadGroups {
  readonly metrics: readonly string[];
}

function readRequest({ request, access }: Call): CompareRequest {
  const query = new QueryReader(request, [...FILTER_NAMES, 'metric', 'group_by', 'best'], FILTER_PREFIXES);
  const metrics = query.many('metric');
  if (metrics.length === 0) throw malformed('the parameter metric is required: the name of a final metric');
  if (metrics.length > MOST_METRICS) throw malformed(`the parameter metric may be given at most ${MOST_METRICS} times`);
  return {
    filter: readTrialFilter(query),
    runPrefix: access.runPrefix,
    groupBy: readGroupKeys(query),
    metrics: [...new Set(metrics)],
    best: query.choice('best', ['max', 'min']) ?? 'max',
    mostGroups: MOST_GROUPS,
  };
}

async function compared(ask: AskDatabase, request: CompareRequest): Promise<Omit<Comparison, 'as_of'>> {
  const results = [];
  for (const metric of request.metrics) {
    const { groups, trials, groupsLeftOut } = await readGroups(ask, request, metric);
    results.push({ metric, groups, trials, groupsLeftOut });
  }
  const tests = results.map(({ groups }) => testOf(groups));
  const adjusted = holm(tests.flatMap((test) => (isTested(test) ? [test.p] : [])));
  let next = 0;
  return {
    group_by: request.groupBy.map(groupKeyName),
    best: request.best,
    trials: results[0]?.trials ?? 0,
    resolution: 'exact',
    source: 'final_metrics',
    metrics: results.map(({ metric, groups, groupsLeftOut }, index): MetricComparison => {
      const test = tests[index] ?? null;
      if (isTested(test)) next += 1;
      return {
        metric,
        groups: groups.map(groupOf),
        groups_left_out: groupsLeftOut,
        test: isTested(test) ? { ...test, p_holm: adjusted[next - 1] ?? test.p } : test,
      };
    }),
  };
}

const isTested = (test: Tested): test is MeanComparison & { readonly reason: null } =>
  test !== null && test.reason === null;

type Tested = (MeanComparison & { readonly reason: null }) | Extract<MetricTest, { readonly reason: string }> | null;

/** The test of the second group against the first; null unless there are exactly two groups. */
function testOf(groups: readonly SampledGroup[]): Tested {
  const [a, b, ...more] = groups;
  if (a === undefined || b === undefined || more.length > 0) return null;
  const result = compareMeans(b.values, a.values);
  return typeof result === 'string' ? { reason: result } : { ...result, reason: null };
}

function groupOf({ group, values, trials, noValue, nan, infinite, best }: SampledGroup): ComparedGroup {
  return {
    group,
    trials,
    ...summarise(values),
    best,
    left_out: { no_value: noValue, nan, infinite },
  };
}
