import type { Database } from '../tables/mlflow-links.ts';

/** A key that was revoked may have posted events before. */
const IS_BOUND = `
  select from api_keys where run_prefix <> '' and starts_with($1, run_prefix) limit 1`;

/** Whether there are or were API keys that are bound to runs, this one among them. */
export async function isBoundRun(client: Database, modelRunId: string): Promise<boolean> {
  const { rowCount } = await client.query({ name: 'is-bound-run', text: IS_BOUND, values: [modelRunId] });
  return rowCount !== 0;
}
