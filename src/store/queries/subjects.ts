import type { Pool } from 'pg';
import type { TrialName } from '../tables/metric-keys.ts';

/** Trials, and runs by themselves (`trial_id` null) that MLflow may have a run for. */
const SUBJECTS = `
  select model_run_id, trial_id from cerebros_model_trials where model_run_id = $1 and status <> 'queued'
  union all
  select model_run_id, null from model_runs where model_run_id = $1
  order by 2 nulls first`;

const RUNS = `
  select model_run_id from model_runs
  where ($1::text is null or model_run_id = $1)
  order by model_run_id`;

/** The ids of the runs, or of the one given if there is one. */
export async function runIds(pool: Pool, run: string | undefined): Promise<readonly string[]> {
  const { rows } = await pool.query<{ model_run_id: string }>({ name: 'run-ids', text: RUNS, values: [run ?? null] });
  return rows.map(({ model_run_id }) => model_run_id);
}

/** The trials of a run that have events, and the run itself. */
export async function subjectsOf(pool: Pool, run: string): Promise<readonly TrialName[]> {
  return (await pool.query<TrialName>({ name: 'subjects-of-run', text: SUBJECTS, values: [run] })).rows;
}

const COUNT = `
  select (select count(*) from cerebros_model_trials where ($1::text is null or model_run_id = $1) and status <> 'queued')
    + (select count(*) from model_runs where ($1::text is null or model_run_id = $1)) as count`;

/** The number of all {@link subjectsOf} of these runs. */
export async function countSubjects(pool: Pool, run: string | undefined): Promise<number> {
  const { rows } = await pool.query<{ count: string }>({ name: 'count-subjects', text: COUNT, values: [run ?? null] });
  return Number(rows[0]?.count ?? 0);
}
