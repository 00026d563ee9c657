import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import { COMMANDS_OF_TRIAL, type OpenCommands } from '../store/queries/open-commands.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import { DOCUMENT_COLUMNS, type DocumentRow, documents } from './document-rows.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';
import { SUMMARY_COLUMNS, type SummaryRow, trialSummary, WITH_LINK } from './trial-rows.ts';

const TRIAL = `
  select ${SUMMARY_COLUMNS}, ${DOCUMENT_COLUMNS('t')}
  from cerebros_model_trials t ${WITH_LINK} where t.model_run_id = $1 and t.trial_id = $2`;

/**
 * The names by a loose scan of the primary key: one look-up for each name, however many points it has. Roll-ups have
 * one row for each.
 */
const NAMES = `
  with recursive k as (select trial_key from metric_trials where model_run_id = $1 and trial_id = $2),
  seen as (
    (select m.name_key from trial_metrics m where m.trial_key = (select trial_key from k) order by m.name_key limit 1)
    union all
    select (
      select m.name_key from trial_metrics m
      where m.trial_key = (select trial_key from k) and m.name_key > seen.name_key order by m.name_key limit 1
    ) from seen where seen.name_key is not null
  )
  select n.name
  from (select name_key from seen union select name_key from metric_rollups where trial_key = (select trial_key from k)) s
  join metric_names n using (name_key) order by n.name`;

/** `GET /api/runs/{run}/trials/{trial}` */
export const showTrial =
  ({ database, asOf, mlflowLinks }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const run = idOf(call.parameters, 'run', 'model_run_id');
    const trial = idOf(call.parameters, 'trial', 'trial_id');
    new QueryReader(call.request, []);
    const position = await asOf();
    const content = await database.serve(call.response, (ask) => find(ask, run, trial, mlflowLinks));
    return answer(call, content, position);
  };

async function find(ask: AskDatabase, run: string, trial: string, links: QueryParts['mlflowLinks']) {
  const [row] = await ask<SummaryRow & DocumentRow>(TRIAL, [run, trial]);
  if (row === undefined) throw new Problem('not_found', 'no event has named this trial');
  const names = await ask<{ name: string }>(NAMES, [run, trial]);
  const [commands] = await ask<OpenCommands>(COMMANDS_OF_TRIAL, [run, trial]);
  const metric_names = names.map(({ name }) => name);
  return { trial: { ...trialSummary(row, links), ...documents(row), metric_names, commands } };
}
