import type { TrialName } from '../tables/metric-keys.ts';
import type { Database } from '../tables/mlflow-links.ts';

/** True for a row of `metric_trials k` whose points are in an older tier. */
export const IS_ROLLED_UP =
  'exists (select from metric_tiers g where k.trial_key >= g.first_trial_key and k.trial_key < g.end_trial_key)';

const SQL = `
  select from metric_trials k
  where k.model_run_id = $1 and (k.trial_id = $2 or (k.trial_id is null and $2::text is null)) and ${IS_ROLLED_UP}`;

/** Whether the points of a trial, or of a run (`trial_id` null), are in an older tier: `trial_metrics` has none or late ones. */
export async function isRolledUp(client: Database, { model_run_id, trial_id }: TrialName): Promise<boolean> {
  return (await client.query(SQL, [model_run_id, trial_id])).rowCount !== 0;
}
