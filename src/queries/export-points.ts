import type { Call } from '../http/route.ts';
import { IS_ROLLED_UP } from '../store/queries/is-rolled-up.ts';
import type { AskDatabase } from './database.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';
import { EXPORT_FORMATS, sendRows } from './send-rows.ts';
import { isoTime, metricValue } from './sql-text.ts';
import { filesOfTrials, pointsInFiles } from './tier-points.ts';

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
    and (cardinality($3::text[]) = 0 or n.name = any($3::text[])) and not ${IS_ROLLED_UP}
    and k.trial_key >= $4 and (m.trial_key, m.name_key, m.step, m.event_id) > ($4::int4, $5::int4, $6::int8, $7::uuid)
  order by m.trial_key, m.name_key, m.step, m.event_id
  limit ${PAGE}`;

/** The trials whose points are in files. */
const ROLLED_UP = `
  select k.trial_key from metric_trials k
  where k.model_run_id = $1 and (cardinality($2::text[]) = 0 or k.trial_id = any($2::text[])) and ${IS_ROLLED_UP}
  order by k.trial_key`;

const FIRST = [-1, -1, '-1', '00000000-0000-0000-0000-000000000000'] as const;

interface ExportedPoint {
  readonly trial_id: string | null;
  readonly name: string;
  readonly step: string;
  readonly value: number;
  readonly recorded_at: Date;
  readonly attempt: number;
  readonly event_id: string;
}

interface PointRow extends ExportedPoint {
  readonly trial_key: number;
  readonly name_key: number;
}

/** `GET /api/runs/{run}/metrics/export`: every point of a run, of all attempts. */
export const exportPoints =
  ({ database, asOf, store }: QueryParts) =>
  async (call: Call): Promise<undefined> => {
    const run = idOf(call.parameters, 'run', 'model_run_id');
    const query = new QueryReader(call.request, ['format', 'trial', 'name']);
    const [trials, names] = [query.many('trial'), query.many('name')];
    const { as_of } = await asOf();
    const findRolledUp = () =>
      database.serve(call.response, async (ask: AskDatabase) => {
        const keys = (await ask<{ trial_key: number }>(ROLLED_UP, [run, trials])).map(({ trial_key }) => trial_key);
        return { keys, files: await filesOfTrials(ask, keys) };
      });
    async function* pages() {
      const { keys, files } = await findRolledUp();
      for (const key of keys) {
        const rows = await pointsInFiles(store, files, key, names.length === 0 ? undefined : names);
        const points = rows.map((row) => ({
          ...row,
          step: String(row.step),
          recorded_at: new Date(Number(row.recorded_at / 1_000n)),
        }));
        yield points.map((point) => exported(run, point));
      }
      for (let after: readonly (string | number)[] = FIRST; ; ) {
        const values = [run, trials, names, ...after];
        const rows = await database.serve(call.response, (ask: AskDatabase) => ask<PointRow>(POINTS, values));
        yield rows.map((row) => exported(run, row));
        const last = rows.at(-1);
        if (last === undefined || rows.length < PAGE) break;
        after = [last.trial_key, last.name_key, last.step, last.event_id];
      }
      // Their points have left the table in between, so that pages may lack some of them.
      if ((await findRolledUp()).keys.length > keys.length) throw new Error('trials were rolled up during the export');
    }
    return sendRows(call, {
      format: query.choice('format', EXPORT_FORMATS) ?? 'csv',
      name: 'points',
      columns: COLUMNS,
      as_of,
      pages: pages(),
    });
  };

function exported(run: string, { trial_id, name, step, value, recorded_at, attempt, event_id }: ExportedPoint) {
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
