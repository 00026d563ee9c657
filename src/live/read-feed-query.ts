import type { IncomingMessage } from 'node:http';
import { Problem } from '../http/problem.ts';
import { queryOf } from '../http/route.ts';
import type { FeedFilter } from './feed-filter.ts';
import { DEFAULT_HZ, RATES } from './live-hub.ts';

/** The query of a request for the feed. */
export interface FeedQuery {
  readonly filter: FeedFilter;
  readonly hz: number;
  /** The positions that the client states. */
  readonly positions: readonly string[];
}

/** Values of one parameter, at most. */
const MAX_VALUES = 100;
const MAX_VALUE_LENGTH = 255;
/** The parameters that may be given several times. */
const LISTS = ['model_run_id', 'trial_id', 'metric'];
const SINGLE = ['points', 'hz', 'last_event_id'];

/** Reads the query and the header `Last-Event-ID`. Throws the `Problem` malformed_request. */
export function readFeedQuery(request: IncomingMessage, runPrefix: string): FeedQuery {
  const query = queryOf(request);
  for (const name of new Set(query.keys())) {
    if (!LISTS.includes(name) && !SINGLE.includes(name)) {
      throw malformed(
        `there is no parameter ${name.slice(0, 100)}; this route has ${[...LISTS, ...SINGLE].join(', ')}`,
      );
    }
    if (SINGLE.includes(name) && query.getAll(name).length > 1) throw malformed(`the parameter ${name} is given twice`);
  }
  const { 'last-event-id': header } = request.headers;
  const positions = [query.get('last_event_id'), header].filter((text): text is string => Boolean(text));
  return {
    filter: {
      runs: listOf(query, 'model_run_id'),
      trials: listOf(query, 'trial_id'),
      metrics: listOf(query, 'metric'),
      points: booleanOf(query, 'points', true),
      runPrefix,
    },
    hz: rateOf(query),
    positions,
  };
}

function listOf(query: URLSearchParams, name: string): ReadonlySet<string> | undefined {
  const values = query.getAll(name);
  if (values.length === 0) return undefined;
  if (values.length > MAX_VALUES)
    throw malformed(`the parameter ${name} is given ${values.length} times; the maximum is ${MAX_VALUES}`);
  for (const value of values) {
    if (value === '' || value.length > MAX_VALUE_LENGTH) {
      throw malformed(`the parameter ${name} must have 1 to ${MAX_VALUE_LENGTH} characters, not ${value.length}`);
    }
  }
  return new Set(values);
}

function booleanOf(query: URLSearchParams, name: string, fallback: boolean): boolean {
  const value = query.get(name);
  if (value === null) return fallback;
  if (value === 'true' || value === 'false') return value === 'true';
  throw malformed(`the parameter ${name} must be true or false, not ${value.slice(0, 100)}`);
}

function rateOf(query: URLSearchParams): number {
  const value = query.get('hz');
  if (value === null) return DEFAULT_HZ;
  const rate = RATES.find((known) => String(known) === value);
  if (rate === undefined)
    throw malformed(`the parameter hz must be one of ${RATES.join(', ')}, not ${value.slice(0, 100)}`);
  return rate;
}

const malformed = (message: string): Problem => new Problem('malformed_request', message);
