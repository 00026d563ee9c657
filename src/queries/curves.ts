import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import { groupKeyName, readGroupKeys } from './group-keys.ts';
import type { QueryParts } from './query-parts.ts';
import { malformed, QueryReader } from './query-reader.ts';
import { readCurves } from './read-curves.ts';
import { FILTER_NAMES, FILTER_PREFIXES, readTrialFilter } from './trial-filter.ts';

export const DEFAULT_CURVE_BUCKETS = 100;
export const MOST_CURVE_BUCKETS = 500;
export const DEFAULT_CURVE_TRIALS = 150;
export const MOST_CURVE_TRIALS = 5_000;

/** `GET /api/curves`: the course of a metric in groups of trials. */
export const curves =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const names = [...FILTER_NAMES, 'metric', 'group_by', 'buckets', 'trials_most'];
    const query = new QueryReader(call.request, names, FILTER_PREFIXES);
    const metric = query.one('metric');
    if (metric === undefined) throw malformed('the parameter metric is required: the name of a metric that has points');
    const groupBy = readGroupKeys(query);
    const request = {
      filter: readTrialFilter(query),
      runPrefix: call.access.runPrefix,
      groupBy,
      metric,
      buckets: query.integer('buckets', { least: 1, most: MOST_CURVE_BUCKETS }) ?? DEFAULT_CURVE_BUCKETS,
      mostTrials: query.integer('trials_most', { least: 1, most: MOST_CURVE_TRIALS }) ?? DEFAULT_CURVE_TRIALS,
    };
    const position = await asOf();
    const found = await database.serveIndexed(call.response, (ask) => readCurves(ask, request));
    return answer(call, { metric, group_by: groupBy.map(groupKeyName), ...found }, position);
  };
