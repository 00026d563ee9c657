import type { Call } from '../http/route.ts';
import type { AskDatabase } from './database.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';
import { EXPORT_FORMATS, sendRows } from './send-rows.ts';
import { isoTime, metricValue } from './sql-text.ts';

const PAGE = 5_000;
const COLUMNS = ['model_run_id', 'trial_id', 'name', 'step', 'value', 'recorded_at', 'attempt', 'event_id'] as const;

/** In the order of the primary key, after the last point of the page before. */
const POINTS = `
  select m.trial_key, m.name_key, k.trial_id, n.name, m.step::text, m.value, m.recorded_at,
    coalesce(m.attempt, 0) as attempt, m.event_id
  from metric_trials k
  join trial_metrics m on m.trial_key = k.trial_key
  join metric_names n on n.name_key = m.name_key
  where k.model_run_id = $1 and (cardinality($2::text[]) = 0 or k.trial_id = any($2::text[]))
    and (cardinality($3::text[]) = 0 or n.name = any($3::text[]))
    and k.trial_key >= $4 and (m.trial_key, m.name_key, m.step, m.event_id) > ($4::int4, $5::int4, $6::int8, $7::uuid)
  order by m.trial_key, m.name_key, m.step, m.event_id
  limit ${PAGE}`;

const FIRST = [-1, -1, '-1', '00000000-0000-0000-0000-000000000000'] as const;

interface PointRow {
  readonly trial_key: number;
  readonly name_key: number;
  readonly trial_id: string | null;
  readonly name: string;
  readonly step: string;
  readonly value: number;
  readonly recorded_at: Date;
  readonly attempt: number;
  readonly event_id: string;
}

/** `GET /api/runs/{run}/metrics/export`: every point of a run, of all attempts. */
export const exportPoints =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<undefined> => {
    const run = idOf(call.parameters, 'run', 'model_run_id');
    const query = new QueryReader(call.request, ['format', 'trial', 'name']);
    const [trials, names] = [query.many('trial'), query.many('name')];
    const { as_of } = await asOf();
    async function* pages() {
      for (let after: readonly (string | number)[] = FIRST; ; ) {
        const values = [run, trials, names, ...after];
        const rows = await database.serve(call.response, (ask: AskDatabase) => ask<PointRow>(POINTS, values));
        yield rows.map((row) => exported(run, row));
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) return;
        after = [last.trial_key, last.name_key, last.step, last.event_id];
      }
    }
    return sendRows(call, {
      format: query.choice('format', EXPORT_FORMATS) ?? 'csv',
      name: 'points',
      columns: COLUMNS,
      as_of,
      pages: pages(),
    });
  };

function exported(run: string, { trial_id, name, step, value, recorded_at, attempt, event_id }: PointRow) {
  const exact = Number.isSafeInteger(Number(step)) ? Number(step) : step;
  const row = {
    model_run_id: run,
    trial_id,
    name,
    step: exact,
    value: metricValue(value),
    recorded_at: isoTime(recorded_at),
    attempt,
    event_id,
  };
  return {
    value: row,
    // A number as JavaScript writes it: "-Infinity" is no formula.
    cells: COLUMNS.map((column) => (column === 'value' ? value : row[column])),
  };
}
