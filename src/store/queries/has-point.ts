import type { TrialName } from '../tables/metric-keys.ts';
import type { Database } from '../tables/mlflow-links.ts';

const sql = (isSubject: string): string => `
  select from metric_trials t join trial_metrics m using (trial_key)
  where t.model_run_id = $1 and ${isSubject} and m.event_id = $3
  limit 1`;

const OF_TRIAL = { name: 'trial-has-point', text: sql('t.trial_id = $2') } as const;
const OF_RUN = { name: 'run-has-point', text: sql('t.trial_id is null and $2::text is null') } as const;

/** Whether Postgres has the points of an event of a trial, or of a run (`trial_id` null). It reads all points of the trial. */
export async function hasPoint(
  client: Database,
  { model_run_id, trial_id }: TrialName,
  eventId: string,
): Promise<boolean> {
  const values = [model_run_id, trial_id, eventId];
  const { rowCount } = await client.query({ ...(trial_id === null ? OF_RUN : OF_TRIAL), values });
  return rowCount !== 0;
}
