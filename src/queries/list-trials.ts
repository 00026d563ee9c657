import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import { readCursor, writeCursor } from './cursor.ts';
import type { AskDatabase } from './database.ts';
import { nameKeys } from './name-keys.ts';
import type { QueryParts } from './query-parts.ts';
import { malformed, QueryReader, quoted } from './query-reader.ts';
import { MOST_POINTS_OF_LIST, MOST_RECENT_POINTS, recentOfTrials } from './recent-of-trials.ts';
import type { TrialList, TrialListItem } from './shapes.ts';
import { shortText } from './short-text.ts';
import { SqlText } from './sql-text.ts';
import {
  FILTER_NAMES,
  FILTER_PREFIXES,
  type NameKeys,
  namesOf,
  readTrialFilter,
  type TrialFilter,
  trialConditions,
} from './trial-filter.ts';
import { namesOfOrder, orderSql, PLACE_LENGTH, readTrialOrder, type TrialOrder } from './trial-order.ts';
import { type EntryRow, SUMMARY_COLUMNS, type SummaryRow, trialListItem, WITH_LINK } from './trial-rows.ts';

export const DEFAULT_TRIALS = 100;
export const MOST_TRIALS = 1_000;
const MOST_COLUMNS = 50;

/** A parameter or final metric that the answer has for each trial. */
export interface ListColumn {
  readonly kind: 'param' | 'metric';
  readonly name: string;
}

interface ListRequest {
  readonly filter: TrialFilter;
  readonly order: TrialOrder;
  readonly columns: readonly ListColumn[];
  readonly limit: number;
  /** Points of each trial that the answer has at most; undefined for none. */
  readonly recent: number | undefined;
  /** Identifies the list in cursors. */
  readonly tag: string;
  readonly cursor: string | undefined;
}

/** `GET /api/trials`: a page of the trials that match. */
export const listTrials =
  ({ database, asOf, mlflowLinks }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const { runPrefix } = call.access;
    const request = readRequest(call, runPrefix);
    const position = await asOf();
    const content = await database.serveIndexed(call.response, (ask) => page(ask, request, runPrefix, mlflowLinks));
    return answer(call, content, position);
  };

function readRequest({ request }: Call, runPrefix: string): ListRequest {
  const query = new QueryReader(
    request,
    [...FILTER_NAMES, 'sort', 'column', 'recent', 'limit', 'cursor'],
    FILTER_PREFIXES,
  );
  const filter = readTrialFilter(query);
  const sort = query.one('sort');
  const order = readTrialOrder(sort);
  const sorted = order.by.kind === 'column' ? [] : [{ kind: order.by.kind, name: order.by.name }];
  const columns = [...query.many('column').map(readColumn), ...sorted];
  if (columns.length > MOST_COLUMNS) throw malformed(`the parameter column may be given at most ${MOST_COLUMNS} times`);
  const limit = query.integer('limit', { least: 1, most: MOST_TRIALS }) ?? DEFAULT_TRIALS;
  const recent = query.integer('recent', { least: 1, most: MOST_RECENT_POINTS });
  if (limit * (recent ?? 0) > MOST_POINTS_OF_LIST) {
    const most = Math.floor(MOST_POINTS_OF_LIST / limit);
    throw malformed(
      `${limit} trials with ${recent} points each are too many; ask for fewer trials, or for recent=${most}`,
    );
  }
  return {
    filter,
    order,
    columns,
    limit,
    recent,
    tag: JSON.stringify([filter, sort, runPrefix]),
    cursor: query.one('cursor'),
  };
}

export function readColumn(text: string): ListColumn {
  const [, kind, name] = /^(param|metric)\.(.+)$/s.exec(text) ?? [];
  if (kind === undefined || name === undefined) {
    throw malformed(`the parameter column must be metric.NAME or param.NAME, not ${quoted(text)}`);
  }
  return { kind: kind as ListColumn['kind'], name };
}

interface PlaceRow {
  readonly trial_key: number;
  readonly model_run_id: string;
  readonly trial_id: string;
  readonly place_class: number;
  readonly place_number: number;
  readonly place_text: string;
}

async function page(
  ask: AskDatabase,
  request: ListRequest,
  runPrefix: string,
  links: QueryParts['mlflowLinks'],
): Promise<Omit<TrialList, 'as_of'>> {
  const { filter, order, columns, limit, recent, tag, cursor } = request;
  const after = readCursor(tag, PLACE_LENGTH, cursor);
  const names = [...namesOf(filter), ...namesOfOrder(order), ...columns.map(({ name }) => shortText(name, 255))];
  const keys = await nameKeys(ask, names);

  const sql = new SqlText();
  const conditions = trialConditions(filter, runPrefix, sql, keys);
  const ordered = orderSql(order, sql, keys, numbered(after));
  const found = await ask<PlaceRow>(
    `select k.trial_key, k.model_run_id, k.trial_id, ${ordered.place}
     from trial_index k ${ordered.join}
     where ${conditions}${ordered.after}
     order by ${ordered.orderBy}
     limit ${limit + 1}`,
    sql.values,
  );
  const rows = found.slice(0, limit);
  const last = found.length > limit ? rows.at(-1) : undefined;
  const items = await itemsOf(ask, rows, { columns, keys, links });
  return {
    trials: recent === undefined ? items : await withRecent(ask, items, recent),
    total: cursor === undefined ? await countOf(ask, filter, runPrefix, keys) : null,
    next_cursor: last === undefined ? null : writeCursor(tag, placeOf(last)),
  };
}

async function withRecent(ask: AskDatabase, items: readonly TrialListItem[], most: number): Promise<TrialListItem[]> {
  const recent = await recentOfTrials(ask, items, most);
  return items.map((item, at) => ({ ...item, recent: recent[at] ?? null }));
}

/** JSON has no infinity. */
const placeOf = (row: PlaceRow) =>
  [row.place_class, String(row.place_number), row.place_text, row.model_run_id, row.trial_id] as const;

function numbered(place: ReturnType<typeof readCursor>): typeof place {
  if (place === undefined) return undefined;
  const [rank, number, word, ...ids] = place;
  const isPlace = [0, 1, 2].some((one) => one === rank) && [word, ...ids].every((text) => typeof text === 'string');
  if (isPlace && !Number.isNaN(Number(number))) return [rank ?? 0, Number(number), word ?? '', ...ids];
  throw malformed('the parameter cursor must be the next_cursor of an earlier answer');
}

async function countOf(ask: AskDatabase, filter: TrialFilter, runPrefix: string, keys: NameKeys): Promise<number> {
  const sql = new SqlText();
  const conditions = trialConditions(filter, runPrefix, sql, keys);
  const [row] = await ask<{ total: number }>(
    `select count(*)::int4 as total from trial_index k where ${conditions}`,
    sql.values,
  );
  return row?.total ?? 0;
}

interface ItemParts {
  readonly columns: readonly ListColumn[];
  readonly keys: NameKeys;
  readonly links: QueryParts['mlflowLinks'];
}

async function itemsOf(ask: AskDatabase, rows: readonly PlaceRow[], { columns, keys, links }: ItemParts) {
  const trialKeys = rows.map(({ trial_key }) => trial_key);
  const summaries = await ask<SummaryRow & { trial_key: number }>(
    `select g.trial_key, ${SUMMARY_COLUMNS}
     from unnest($1::int4[], $2::text[], $3::text[]) g (trial_key, model_run_id, trial_id)
     join cerebros_model_trials t using (model_run_id, trial_id) ${WITH_LINK}`,
    [trialKeys, rows.map((row) => row.model_run_id), rows.map((row) => row.trial_id)],
  );
  const summaryOf = new Map(summaries.map((row) => [row.trial_key, row]));
  const entries = Map.groupBy(await entriesOf(ask, trialKeys, columns, keys), ({ trial_key }) => trial_key);
  return trialKeys.flatMap((key) => {
    const summary = summaryOf.get(key);
    return summary === undefined ? [] : [trialListItem(summary, entries.get(key) ?? [], links)];
  });
}

export async function entriesOf(
  ask: AskDatabase,
  trialKeys: readonly number[],
  columns: readonly ListColumn[],
  keys: NameKeys,
): Promise<readonly EntryRow[]> {
  const keysOf = (kind: ListColumn['kind']) =>
    columns.filter((column) => column.kind === kind).flatMap(({ name }) => keys.get(shortText(name, 255)) ?? []);
  const [parameters, metrics] = [keysOf('param'), keysOf('metric')];
  if (parameters.length + metrics.length === 0) return [];
  return ask<EntryRow>(
    `select e.trial_key, n.name, 'param' as kind, e.num as value, e.bool, e.txt
     from trial_parameters e join trial_index_names n using (name_key)
     where e.name_key = any($2::int4[]) and e.trial_key = any($1::int4[])
     union all
     select e.trial_key, n.name, 'metric', e.value, null, null
     from trial_final_metrics e join trial_index_names n using (name_key)
     where e.name_key = any($3::int4[]) and e.trial_key = any($1::int4[])`,
    [trialKeys, parameters, metrics],
  );
}
