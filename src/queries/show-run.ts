import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import { COMMANDS_OF_RUN, type OpenCommands } from '../store/queries/open-commands.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import { DOCUMENT_COLUMNS, type DocumentRow, documents } from './document-rows.ts';
import { countTrials } from './list-runs.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';
import { RUN_COLUMNS, type RunRow, runSummary, trialCounts } from './run-rows.ts';

const RUN = `select ${RUN_COLUMNS}, ${DOCUMENT_COLUMNS('r')} from model_runs r where r.model_run_id = $1`;

const NAMES = 'select name from run_metric_names where model_run_id = $1 order by name';

/** `GET /api/runs/{run}` */
export const showRun =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const run = idOf(call.parameters, 'run', 'model_run_id');
    new QueryReader(call.request, []);
    const position = await asOf();
    const content = await database.serveIndexed(call.response, (ask) => find(ask, run));
    return answer(call, content, position);
  };

async function find(ask: AskDatabase, run: string) {
  const [row] = await ask<RunRow & DocumentRow>(RUN, [run]);
  if (row === undefined) throw new Problem('not_found', 'no event has named this run');
  const counts = await countTrials(ask, [run]);
  const names = await ask<{ name: string }>(NAMES, [run]);
  const summary = runSummary(row, counts.get(run) ?? trialCounts([]));
  const [commands] = await ask<OpenCommands>(COMMANDS_OF_RUN, [run]);
  return { run: { ...summary, ...documents(row), metric_names: names.map(({ name }) => name), commands } };
}
