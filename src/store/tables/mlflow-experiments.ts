import type { ClientBase, Pool } from 'pg';
import { textArray } from '../binary-array.ts';

/** The MLflow experiment of a run. */
export interface MlflowExperiment {
  readonly model_run_id: string;
  readonly experiment_id: string;
  /** Whether every MLflow run of the mirror in it has a link. */
  readonly listed: boolean;
  /** Its creation time in MLflow, which tells it from another one that gets its id later; null until MLflow was asked for it. */
  readonly made_at: Date | null;
  /** Whether the mirror restores it: runs that were deleted before may be active until they are deleted again. */
  readonly restoring: boolean;
}

const COLUMNS = 'model_run_id, experiment_id, listed, made_at, restoring';

const FIND = `select ${COLUMNS} from mlflow_experiments where model_run_id = any($1::text[])`;

/** An experiment may have been deleted permanently in MLflow; its successor has another id. */
const KEEP = `
  insert into mlflow_experiments (${COLUMNS}) values ($1, $2, $3, $4, $5)
  on conflict (model_run_id) do update set
    experiment_id = excluded.experiment_id, listed = excluded.listed, made_at = excluded.made_at,
    restoring = excluded.restoring`;

const STAMP = 'update mlflow_experiments set made_at = $3 where model_run_id = $1 and experiment_id = $2';

const FORGET = 'delete from mlflow_experiments where model_run_id = $1 and experiment_id = $2';

/** The experiments of these runs, as far as they are known. */
export async function findExperiments(
  client: ClientBase | Pool,
  runs: readonly string[],
): Promise<readonly MlflowExperiment[]> {
  const query = { name: 'find-mlflow-experiments', text: FIND, values: [textArray(runs)] };
  return (await client.query<MlflowExperiment>(query)).rows;
}

/** Keeps the experiment of a run. */
export async function keepExperiment(client: ClientBase | Pool, experiment: MlflowExperiment): Promise<void> {
  const { model_run_id, experiment_id, listed, made_at, restoring } = experiment;
  const values = [model_run_id, experiment_id, listed, made_at, restoring];
  await client.query({ name: 'keep-mlflow-experiment', text: KEEP, values });
}

type Named = Pick<MlflowExperiment, 'model_run_id' | 'experiment_id'>;

/** Keeps the creation time of an experiment. */
export async function stampExperiment(
  client: ClientBase | Pool,
  { model_run_id, experiment_id }: Named,
  madeAt: Date,
): Promise<void> {
  await client.query({ name: 'stamp-mlflow-experiment', text: STAMP, values: [model_run_id, experiment_id, madeAt] });
}

/** Forgets an experiment that MLflow does not have any more. */
export async function forgetExperiment(
  client: ClientBase | Pool,
  { model_run_id, experiment_id }: Named,
): Promise<void> {
  await client.query({ name: 'forget-mlflow-experiment', text: FORGET, values: [model_run_id, experiment_id] });
}
