import type pg from 'pg';

/** The number of trials of a study by state. */
export interface RunProgress {
  readonly trials: number;
  readonly ended: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  /** Set when the study has ended. */
  readonly outcome: 'completed' | 'failed' | 'cancelled' | null;
}

const SQL = `
  select r.trials, r.running, r.outcome, count(*) filter (where t.state = 'ended')::int as ended,
    count(*) filter (where t.outcome = 'completed')::int as completed, count(*) filter (where t.outcome = 'failed')::int as failed,
    count(*) filter (where t.outcome = 'cancelled')::int as cancelled, count(*) filter (where t.outcome = 'skipped')::int as skipped
  from bridge_runs r left join bridge_trials t using (model_run_id)
  where r.model_run_id = $1 group by r.model_run_id`;

/** The progress of a study; undefined as long as no bridge has read its command. */
export const runProgress = async (pool: pg.Pool, run: string): Promise<RunProgress | undefined> =>
  (await pool.query<RunProgress>(SQL, [run])).rows[0];
