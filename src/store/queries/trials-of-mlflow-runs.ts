import type pg from 'pg';
import { DatabaseUnavailable } from '../database-error.ts';

/** A trial, or a run (`trial_id` null), that names an MLflow run. */
export interface MlflowRunTrial {
  readonly mlflow_run_id: string;
  readonly model_run_id: string;
  readonly trial_id: string | null;
  /** The fingerprint of the import that stored the trial's end; null if no import did. */
  readonly import_fingerprint: string | null;
}

const SQL = `
  select mlflow_run_id, model_run_id, trial_id,
    case when completed_at is not null then metadata #>> '{mlflow,fingerprint}' end as import_fingerprint
  from cerebros_model_trials where mlflow_run_id = any($1)
  union all
  select mlflow_run_id, model_run_id, null, null
  from model_runs where mlflow_run_id = any($1)`;

/** The trials and runs of these MLflow runs. Throws {@link DatabaseUnavailable}. */
export async function trialsOfMlflowRuns(
  pool: pg.Pool,
  mlflowRunIds: readonly string[],
): Promise<readonly MlflowRunTrial[]> {
  try {
    const { rows } = await pool.query<MlflowRunTrial>({
      name: 'trials-of-mlflow-runs',
      text: SQL,
      values: [mlflowRunIds],
    });
    return rows;
  } catch (error) {
    throw new DatabaseUnavailable(error);
  }
}
