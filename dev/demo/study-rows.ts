import pg from 'pg';
import { EPOCHS, TRIALS } from './dispatched-study.ts';

/** The row of one trial in Postgres. */
export interface TrialRow {
  readonly trial_id: string;
  readonly status: string;
  readonly spectral_norm: boolean;
  readonly learning_rate: number | null;
  readonly n_layers: number | null;
  readonly val_accuracy: number | null;
  readonly points: number;
  readonly duration_ms: number | null;
  readonly mlflow_run_id: string | null;
  readonly error_message: string | null;
}

export interface GroupRow {
  readonly spectral_norm: boolean;
  readonly trials: number;
  readonly mean_val_accuracy: number;
}

/** The progress of a study: as a number, in words, and the first missing item. */
export interface StudyState {
  readonly completed: number;
  readonly summary: string;
  readonly missing: string | undefined;
  /** The first trial that ended in another way than complete, and why. */
  readonly failed: string | undefined;
}

/** The rows of one study. */
export interface Study {
  readonly run: string;
  trials(): Promise<readonly TrialRow[]>;
  meanValAccuracy(): Promise<readonly GroupRow[]>;
  state(): Promise<StudyState>;
  close(): Promise<void>;
}

/** Two points in each epoch; see workers/thunderline/worker/training.py. */
const POINTS_A_TRIAL = 2 * EPOCHS;

const TRIALS_SQL = `
  select t.trial_id, t.status, t.spectral_norm,
         (t.hyperparams->>'learning_rate')::float8 as learning_rate,
         (t.hyperparams->>'n_layers')::int as n_layers,
         (select p.value from trial_metric_points p
           where p.model_run_id = t.model_run_id and p.trial_id = t.trial_id and p.name = 'val_accuracy'
           order by p.step desc limit 1) as val_accuracy,
         (select count(*)::int from trial_metric_points p
           where p.model_run_id = t.model_run_id and p.trial_id = t.trial_id
             and p.name in ('train_loss', 'val_accuracy')) as points,
         t.duration_ms::float8 as duration_ms, t.mlflow_run_id, t.error_message
    from trials t
   where t.model_run_id = $1
   order by t.trial_id`;

const MEAN_SQL = `
  select spectral_norm, count(*)::int as trials, avg(val_accuracy) as mean_val_accuracy
    from (${TRIALS_SQL}) as last
   group by spectral_norm
   order by spectral_norm desc`;

export function openStudy(databaseUrl: string, run: string): Study {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  // An idle connection that breaks causes an event; the next query opens another one.
  pool.on('error', () => {});
  const trials = async (): Promise<TrialRow[]> => (await pool.query<TrialRow>(TRIALS_SQL, [run])).rows;
  return {
    run,
    trials,
    meanValAccuracy: async () => (await pool.query<GroupRow>(MEAN_SQL, [run])).rows,
    async state() {
      const rows = await trials();
      const count = (status: string): number => rows.filter((row) => row.status === status).length;
      const points = rows.reduce((sum, row) => sum + row.points, 0);
      const completed = count('completed');
      const summary = `${completed} of ${TRIALS} completed, ${count('running')} running, ${points} metric points`;
      const ended = rows.find(({ status }) => ['failed', 'cancelled', 'skipped'].includes(status));
      return {
        completed,
        summary,
        missing: rows.length < TRIALS ? `only ${rows.length} trials` : firstMissing(rows),
        failed: ended && `${ended.trial_id} is ${ended.status}: ${ended.error_message ?? 'no reason is known'}`,
      };
    },
    close: () => pool.end(),
  };
}

function firstMissing(rows: readonly TrialRow[]): string | undefined {
  for (const row of rows) {
    if (row.status !== 'completed') return `${row.trial_id} is ${row.status}`;
    if (!row.mlflow_run_id) return `${row.trial_id} has no mlflow_run_id`;
    if (row.points !== POINTS_A_TRIAL) return `${row.trial_id} has ${row.points} of ${POINTS_A_TRIAL} metric points`;
    if (row.val_accuracy === null || row.duration_ms === null) return `${row.trial_id} lacks its result`;
  }
  const constrained = rows.filter((row) => row.spectral_norm).length;
  return constrained === TRIALS / 2 ? undefined : `${constrained} trials have spectral_norm, not ${TRIALS / 2}`;
}
