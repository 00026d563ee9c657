import { Problem } from '../http/problem.ts';
import type { Call, Reply } from '../http/route.ts';
import { answer } from './answer.ts';
import type { AskDatabase } from './database.ts';
import type { QueryParts } from './query-parts.ts';
import { idOf, QueryReader } from './query-reader.ts';
import type { MlflowRun } from './shapes.ts';

/**
 * A run that the training code made is in the tables of events; one that the mirror made is in `mlflow_links` alone. An event
 * names any run, so the trial whose run the mirror has confirmed comes first.
 */
const FIND = `
  select f.model_run_id, f.trial_id, l.experiment_id
  from (
    select model_run_id, trial_id from cerebros_model_trials where mlflow_run_id = $1
    union all
    select model_run_id, trial_id from mlflow_links where run_id = $1 and state = 'linked'
    union all
    select model_run_id, null from model_runs where mlflow_run_id = $1
  ) f
  left join mlflow_links l on l.run_id = $1
  where $2 = '' or starts_with(f.model_run_id, $2)
  order by (f.model_run_id, f.trial_id) is not distinct from (l.model_run_id, l.trial_id) desc
  limit 1`;

/** `GET /api/mlflow/runs/{mlflow_run_id}` */
export const showMlflowRun =
  ({ database, asOf }: QueryParts) =>
  async (call: Call): Promise<Reply> => {
    const id = idOf(call.parameters, 'mlflow_run_id', 'mlflow_run_id');
    new QueryReader(call.request, []);
    const position = await asOf();
    const content = await database.serve(call.response, (ask) => find(ask, id, call.access.runPrefix));
    return answer(call, content, position);
  };

async function find(ask: AskDatabase, id: string, runPrefix: string): Promise<Omit<MlflowRun, 'as_of'>> {
  const [row] = await ask<Omit<MlflowRun, 'as_of' | 'mlflow_run_id'>>(FIND, [id, runPrefix]);
  if (row === undefined) throw new Problem('not_found', 'no trial and no run has this MLflow run');
  return { mlflow_run_id: id, ...row };
}
