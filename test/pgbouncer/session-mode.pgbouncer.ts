import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { HOME } from '../../dev/stack/folders.ts';
import { freePort } from '../../dev/stack/ports.ts';
import { createLog } from '../../src/log.ts';
import { createAdvisoryLocks } from '../../src/store/advisory-locks.ts';
import { createPool, POOL_TIMEOUTS } from '../../src/store/pool.ts';
import { RoleProcess } from '../faults/harness/role-process.ts';
import { query } from '../support/query.ts';
import { runThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Pooler, startPooler } from './harness/pooler.ts';

const WAIT_MS = 180_000;
const FIRST_PORT = 32_100;
const RUN = 'pooled';

let world: World;
let pooler: Pooler;
let environment: NodeJS.ProcessEnv;
let system: RoleProcess | undefined;
beforeAll(async () => {
  world = await createWorld();
  pooler = await startPooler(world.databaseUrl, ['pool_mode = session', 'default_pool_size = 60']);
  environment = {
    ...world.environment,
    LOG_LEVEL: 'info',
    DATABASE_URL: pooler.urlOf(world.databaseUrl),
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
  };
});
afterAll(async () => {
  await system?.stop();
  await pooler?.stop();
  await world?.close();
});

const ROLES = ['gateway', 'router', 'postgres', 'archive', 'commands', 'queries', 'bridge'];

test('sinks, queries, commands and the bridge work through pgbouncer in session mode', async () => {
  await runThunderline(environment, 'migrate');
  system = await new RoleProcess({
    args: ['serve', '--roles', ROLES.join(',')],
    environment,
    port: await freePort(FIRST_PORT),
    logPath: join(HOME, 'pgbouncer', 'roles.log'),
  }).ready(WAIT_MS);
  const { url } = system;
  const post = async (path: string, body: object): Promise<void> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${url}${path}`, init);
    if (response.status !== 202) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  };
  const trials = Array.from({ length: 40 }, (_, index) => `trial-${index}`);
  await Promise.all(
    trials.map((trial) =>
      post('/api/events/ml', [
        { event: 'ml.trial.start', event_id: `start ${trial}`, model_run_id: RUN, trial_id: trial },
        {
          event: 'ml.run.metric',
          event_id: `point ${trial}`,
          model_run_id: RUN,
          trial_id: trial,
          measurements: { loss: 1 },
        },
      ]),
    ),
  );
  await post(`/api/runs/${RUN}/trials`, { trial_id: 'dispatched', hyperparams: { n_layers: 2 } });
  await until('every point is in its row', WAIT_MS, async () => {
    const { rowCount } = await query(world.databaseUrl, 'select from trial_metric_points where model_run_id = $1', [
      RUN,
    ]);
    return (rowCount ?? 0) >= trials.length;
  });
  await until('the bridge has run the trial', WAIT_MS, async () => {
    const response = await fetch(`${url}/api/runs/${RUN}/trials/dispatched`);
    return /"status":"(?:completed|failed)"/.test(await response.text());
  });
  const { rows } = await query(
    world.databaseUrl,
    `select count(*)::int as listening from pg_stat_activity where datname = current_database() and query like 'listen %'`,
  );
  expect(rows).toEqual([{ listening: 1 }]);
  expect(await system.stop()).toBe('exit code 0');
});

test('every connection has its time limits, and a lock excludes other processes', async () => {
  const databaseUrl = environment.DATABASE_URL ?? '';
  const pool = createPool(
    { databaseUrl, poolSize: 2, ...POOL_TIMEOUTS, statementTimeoutMs: 12_345 },
    createLog('silent'),
  );
  const { rows } = await pool.query('show statement_timeout');
  expect(rows).toEqual([{ statement_timeout: '12345ms' }]);
  await pool.end();
  // The next client of the same server connection has none of them.
  expect((await query(databaseUrl, 'show statement_timeout')).rows).toEqual([{ statement_timeout: '0' }]);
  const [first, second] = [createAdvisoryLocks(databaseUrl, 'first'), createAdvisoryLocks(databaseUrl, 'second')];
  const lock = await first.tryLock('one');
  expect(lock).toBeDefined();
  expect(await second.tryLock('one')).toBeUndefined();
  await lock?.release();
  expect(await second.tryLock('one')).toBeDefined();
  await first.close();
  await second.close();
});
