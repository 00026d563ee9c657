import type { Call } from '../http/route.ts';
import type { AskDatabase } from './database.ts';
import { DOCUMENT_COLUMNS, type DocumentRow, documents } from './document-rows.ts';
import { entriesOf, type ListColumn, readColumn } from './list-trials.ts';
import { nameKeys } from './name-keys.ts';
import type { QueryParts } from './query-parts.ts';
import { QueryReader } from './query-reader.ts';
import { EXPORT_FORMATS, sendRows } from './send-rows.ts';
import { shortText } from './short-text.ts';
import { SqlText } from './sql-text.ts';
import {
  FILTER_NAMES,
  FILTER_PREFIXES,
  namesOf,
  readTrialFilter,
  type TrialFilter,
  trialConditions,
} from './trial-filter.ts';
import { SUMMARY_COLUMNS, type SummaryRow, trialListItem, trialSummary, WITH_LINK } from './trial-rows.ts';

const PAGE = 500;
const SUMMARY = [
  'model_run_id',
  'trial_id',
  'status',
  'attempt',
  'spectral_norm',
  'mlflow_run_id',
  'mlflow_url',
  'rank',
  'started_at',
  'completed_at',
  'duration_ms',
  'error_type',
  'error_message',
] as const;

/** `GET /api/export/trials`: every trial that matches, in the order in which they were first seen. */
export const exportTrials =
  ({ database, asOf, mlflowLinks }: QueryParts) =>
  async (call: Call): Promise<undefined> => {
    const query = new QueryReader(call.request, [...FILTER_NAMES, 'format', 'column'], FILTER_PREFIXES);
    const filter = readTrialFilter(query);
    const columns = query.many('column').map(readColumn);
    const { as_of } = await asOf();
    async function* pages() {
      for (let after = 0; ; ) {
        const last = after;
        const rows = await database.serveIndexed(call.response, (ask) =>
          readPage(ask, filter, columns, call.access.runPrefix, last, mlflowLinks),
        );
        yield rows;
        if (rows.length < PAGE) return;
        after = rows.at(-1)?.key ?? 0;
      }
    }
    return sendRows(call, {
      format: query.choice('format', EXPORT_FORMATS) ?? 'csv',
      name: 'trials',
      columns: [...SUMMARY, ...columns.map(({ kind, name }) => `${kind}.${name}`)],
      as_of,
      pages: pages(),
    });
  };

type TrialRow = SummaryRow & DocumentRow & { readonly trial_key: number };

async function readPage(
  ask: AskDatabase,
  filter: TrialFilter,
  columns: readonly ListColumn[],
  runPrefix: string,
  after: number,
  links: QueryParts['mlflowLinks'],
) {
  const keys = await nameKeys(ask, [...namesOf(filter), ...columns.map(({ name }) => shortText(name, 255))]);
  const sql = new SqlText();
  const rows = await ask<TrialRow>(
    `select k.trial_key, ${SUMMARY_COLUMNS}, ${DOCUMENT_COLUMNS('t')}
     from (
       select k.trial_key, k.model_run_id, k.trial_id from trial_index k
       where ${trialConditions(filter, runPrefix, sql, keys)} and k.trial_key > ${sql.value(after)}
       order by k.trial_key limit ${PAGE}
     ) k
     join cerebros_model_trials t using (model_run_id, trial_id)
     ${WITH_LINK}
     order by k.trial_key`,
    sql.values,
  );
  const trialKeys = rows.map(({ trial_key }) => trial_key);
  const entries = Map.groupBy(await entriesOf(ask, trialKeys, columns, keys), ({ trial_key }) => trial_key);
  return rows.map((row) => {
    const summary = trialSummary(row, links);
    const asked = trialListItem(row, entries.get(row.trial_key) ?? [], links);
    const cells = columns.map(({ kind, name }) => {
      const values = new Map(Object.entries(kind === 'param' ? asked.parameters : asked.metrics));
      return values.get(shortText(name, 255)) ?? null;
    });
    return {
      key: row.trial_key,
      value: { ...summary, ...documents(row) },
      cells: [...SUMMARY.map((name) => summary[name]), ...cells],
    };
  });
}
