import type { TrialName } from '../tables/metric-keys.ts';
import type { Database } from '../tables/mlflow-links.ts';

const SQL = `
  select from metric_trials k
  join metric_tiers t on k.trial_key >= t.first_trial_key and k.trial_key < t.end_trial_key
  where k.model_run_id = $1 and (k.trial_id = $2 or (k.trial_id is null and $2::text is null))`;

/** Whether the points of a trial, or of a run (`trial_id` null), are in an older tier: `trial_metrics` has none or late ones. */
export async function isRolledUp(client: Database, { model_run_id, trial_id }: TrialName): Promise<boolean> {
  return (await client.query(SQL, [model_run_id, trial_id])).rowCount !== 0;
}
