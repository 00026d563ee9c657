import { STATUSES, type Status } from '../events/merge.ts';
import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { AskDatabase } from './database.ts';
import type { QueryParts } from './query-parts.ts';
import { QueryReader } from './query-reader.ts';
import { RUN_COLUMNS, type RunRow, runSummary, trialCounts } from './run-rows.ts';
import type { RunList } from './shapes.ts';

export const DEFAULT_RUNS = 50;
export const MOST_RUNS = 500;

/**
 * Clients need not send `ml.run.start`. Such a run has the place of its first trial, or of the moment when its row was written. "offset 0"
 * makes Postgres compute a place once, although the filter and the order contain it.
 */
const START = `
  select date_part('epoch', coalesce(
    r.started_at,
    (select min(k.started_at) from trial_index k where k.model_run_id = r.model_run_id),
    r.created_at
  )) * 1000 as start offset 0`;

const PAGE = `
  select ${RUN_COLUMNS}, s.start
  from model_runs r cross join lateral (${START}) s
  where ($1 = '' or starts_with(r.model_run_id, $1))
    and (cardinality($2::text[]) = 0 or r.status = any($2::text[]))
    and ($3 = '' or strpos(lower(r.model_run_id), lower($3)) > 0)
    and ($4::float8 is null or s.start < $4::float8 or (s.start = $4::float8 and r.model_run_id > $5))
  order by s.start desc, r.model_run_id
  limit $6`;

/** `GET /api/runs`: a page of runs, the newest start first. */
export const listRuns =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const query = new QueryReader(call.request, ['status', 'q', 'limit', 'cursor']);
    const statuses = query.choices('status', STATUSES);
    const text = query.one('q') ?? '';
    const limit = query.integer('limit', { least: 1, most: MOST_RUNS }) ?? DEFAULT_RUNS;
    const { runPrefix } = call.access;
    const tag = JSON.stringify(['runs', statuses, text, runPrefix]);
    const [start, id] = readCursor(tag, 2, query.one('cursor')) ?? [null, ''];
    const position = await asOf();
    const content = await database.serveIndexed(call.response, async (ask) =>
      page(ask, [runPrefix, statuses, text, numberOf(start), String(id)], limit, tag),
    );
    return answer(call, content, position);
  };

const numberOf = (start: string | number | null = null): number | null =>
  start === null || Number.isNaN(Number(start)) ? null : Number(start);

async function page(
  ask: AskDatabase,
  values: readonly unknown[],
  limit: number,
  tag: string,
): Promise<Omit<RunList, 'as_of'>> {
  const found = await ask<RunRow & { start: number }>(PAGE, [...values, limit + 1]);
  const rows = found.slice(0, limit);
  const counts = await countTrials(
    ask,
    rows.map((row) => row.model_run_id),
  );
  const last = found.length > limit ? rows.at(-1) : undefined;
  return {
    runs: rows.map((row) => runSummary(row, counts.get(row.model_run_id) ?? trialCounts([]))),
    next_cursor: last === undefined ? null : writeCursor(tag, [String(last.start), last.model_run_id]),
  };
}

/** The number of trials of each run, by their status. */
export async function countTrials(ask: AskDatabase, runs: readonly string[]) {
  const rows = await ask<{ model_run_id: string; status: Status; count: number }>(
    `select model_run_id, status, count(*)::int4 as count from trial_index
     where model_run_id = any($1::text[]) group by 1, 2`,
    [runs],
  );
  return new Map([...Map.groupBy(rows, (row) => row.model_run_id)].map(([run, of]) => [run, trialCounts(of)]));
}
