import type pg from 'pg';

/** The join locks `metric_trials` against `truncate` until the transaction ends. */
const SQL = `
  select max(e.epoch)::text as epoch from metric_keys_epoch e left join (select from metric_trials limit 0) locked on true`;

/**
 * A text that changes whenever rows are removed from `metric_trials` or `metric_names`: keys that were read before must then
 * not be used.
 */
export async function metricKeysEpoch(client: pg.ClientBase | pg.Pool): Promise<string> {
  const query = { name: 'metric-keys-epoch', text: SQL };
  const { rows } = await client.query<{ epoch: string | null }>(query);
  return rows[0]?.epoch ?? '';
}
