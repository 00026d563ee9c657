import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { observeRetention } from '../../src/observer/observe-retention.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createPool, POOL_TIMEOUTS } from '../../src/store/pool.ts';
import { readRetentionState } from '../../src/store/queries/retention-state.ts';
import { MetricPartitions, setWidth } from '../../src/store/tables/metric-partitions.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let pool: pg.Pool;
beforeAll(async () => {
  world = await createWorld();
  await migrate(world.databaseUrl);
  pool = createPool({ ...POOL_TIMEOUTS, databaseUrl: world.databaseUrl, poolSize: 2 }, createLog('silent'));
  await setWidth(pool, 2);
  // Two ranges that are full and one that is not; the trials of the second have just ended.
  await pool.query(`
    insert into metric_trials (model_run_id, trial_id) select 'r', 't' || n from generate_series(0, 4) n order by n;
    insert into metric_names (name) values ('loss');
    insert into cerebros_model_trials (model_run_id, trial_id, status, outcome_version, started_at, completed_at)
      select 'r', 't' || n, 'completed', '', now() - interval '60 days', now() - case when n in (1, 2) then interval '1 hour' else
        interval '59 days' end from generate_series(0, 4) n;`);
  await new MetricPartitions().ensure(pool, [1, 2, 3, 4, 5]);
  await pool.query(`
    insert into trial_metrics (trial_key, name_key, step, event_id, recorded_at, value)
    select trial_key, (select name_key from metric_names), s, gen_random_uuid(), now() - interval '59 days', 1
    from metric_trials, generate_series(1, 10) s`);
  await pool.query('analyze');
});
afterAll(async () => {
  await pool.end();
  await world.close();
});

const MONTH = 30;
const observed = async () => {
  const metrics = createMetrics();
  await observeRetention((olderThan) => readRetentionState(pool, olderThan), metrics, MONTH)();
  const gaugeOf = async (
    gauge: 'retentionDue' | 'retentionSuccess' | 'retentionPoints' | 'retentionBytes',
    tier?: string,
  ) => (await metrics[gauge].get()).values.find(({ labels }) => (labels as { tier?: string }).tier === tier)?.value;
  return {
    due: await gaugeOf('retentionDue'),
    success: await gaugeOf('retentionSuccess'),
    raw: await gaugeOf('retentionPoints', 'raw'),
    rolledUp: await gaugeOf('retentionPoints', 'rolled_up'),
    files: await gaugeOf('retentionBytes', 'files'),
    rawBytes: await gaugeOf('retentionBytes', 'raw'),
    rollupBytes: await gaugeOf('retentionBytes', 'rollups'),
  };
};

test('a full partition is due when its trials are old, and no other one', async () => {
  const { rawBytes = 0, rollupBytes = 0, ...rest } = await observed();
  expect(rest).toEqual({ due: 1, success: 0, raw: 50, rolledUp: 0, files: 0 });
  expect(rawBytes).toBeGreaterThan(10_000);
  expect(rollupBytes).toBeGreaterThan(0);
});

test('what was moved is counted in its tier, and late points for it are due', async () => {
  await pool.query(`
    insert into metric_tiers (first_trial_key, end_trial_key, points, oldest_at, newest_at, rolled_up_at)
      values (0, 2, 20, now() - interval '60 days', now() - interval '59 days', to_timestamp(1700000000));
    insert into metric_tier_files values ('a', 0, 0, 1, 20, 700);`);
  expect(await observed()).toMatchObject({ due: 1, success: 1_700_000_000, rolledUp: 20, files: 700 });
  await pool.query('delete from trial_metrics where trial_key < 2');
  expect(await observed()).toMatchObject({ due: 0 });
});
