import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import { nameKeys } from './name-keys.ts';
import type { Adoption } from './page-shapes.ts';
import type { QueryParts } from './query-parts.ts';
import { QueryReader } from './query-reader.ts';
import { SqlText } from './sql-text.ts';
import {
  FILTER_NAMES,
  FILTER_PREFIXES,
  namesOf,
  readTrialFilter,
  type TrialFilter,
  trialConditions,
} from './trial-filter.ts';

export const DEFAULT_INTERVALS = 60;
export const MOST_INTERVALS = 1_000;

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Widths that people count time in, in milliseconds. */
const WIDTHS = [1_000, 10_000, MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY, 365 * DAY];

/** `GET /api/adoption`: how many trials start with spectral norm, over time. */
export const adoption =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const query = new QueryReader(call.request, [...FILTER_NAMES, 'intervals'], FILTER_PREFIXES);
    const filter = readTrialFilter(query);
    const intervals = query.integer('intervals', { least: 1, most: MOST_INTERVALS }) ?? DEFAULT_INTERVALS;
    const position = await asOf();
    const content = await database.serveIndexed(call.response, (ask) =>
      read(ask, filter, call.access.runPrefix, intervals),
    );
    return answer(call, content, position);
  };

interface RangeRow {
  readonly trials: number;
  readonly not_started: number;
  readonly first: number | null;
  readonly last: number | null;
}

async function read(
  ask: AskDatabase,
  filter: TrialFilter,
  runPrefix: string,
  intervals: number,
): Promise<Omit<Adoption, 'as_of'>> {
  const keys = await nameKeys(ask, namesOf(filter));
  const range = new SqlText();
  const [found] = await ask<RangeRow>(
    `select count(*)::int4 as trials, (count(*) - count(started_at))::int4 as not_started,
       date_part('epoch', min(started_at)) * 1000 as first, date_part('epoch', max(started_at)) * 1000 as last
     from trial_index k where ${trialConditions(filter, runPrefix, range, keys)}`,
    range.values,
  );
  const { trials = 0, not_started = 0, first = null, last = null } = found ?? {};
  const width = intervalWidth(first ?? 0, last ?? 0, intervals);
  const sql = new SqlText();
  const rows = await ask<{ start: number; with: number; without: number }>(
    `select floor(date_part('epoch', started_at) * 1000 / ${sql.value(width)}::float8) * ${sql.value(width)}::float8 as start,
       (count(*) filter (where spectral_norm))::int4 as with, (count(*) filter (where not spectral_norm))::int4 as without
     from trial_index k
     where started_at is not null and ${trialConditions(filter, runPrefix, sql, keys)}
     group by 1 order by 1`,
    sql.values,
  );
  return {
    trials,
    not_started,
    width_ms: width,
    start_ms: rows.map(({ start }) => start),
    with: rows.map((row) => row.with),
    without: rows.map((row) => row.without),
  };
}

/** The least width with at most `intervals` of them; for a longer time, a multiple of the greatest. */
export function intervalWidth(first: number, last: number, intervals: number): number {
  const number = (width: number): number => Math.floor(last / width) - Math.floor(first / width) + 1;
  const fits = WIDTHS.find((width) => number(width) <= intervals);
  if (fits !== undefined) return fits;
  let width = 365 * DAY;
  while (number(width) > intervals) width *= 2;
  return width;
}
