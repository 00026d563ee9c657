import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { inTransaction } from '../../../src/store/pool.ts';
import { settleCancels } from '../../../src/store/tables/bridge-cancels.ts';
import { insertTrials, lockRuns } from '../../../src/store/tables/bridge-commands.ts';
import { countOpenTrials, pruneQueue } from '../../../src/store/tables/bridge-retention.ts';
import { createQueueWorld, type QueueWorld, runTrial, trialsOf } from '../../bridge/queue/queue-world.ts';
import { eventually } from '../../support/eventually.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
beforeEach(() => world.empty());
afterAll(() => world.close());

const trials = () => world.query('select model_run_id, trial_id from bridge_trials order by 1, 2');

test('ended trials stay as long as their run is active, and go afterwards', async () => {
  await world.command(...trialsOf('open', 2), ...trialsOf('idle', 1));
  await world.query(
    `update bridge_trials set state = 'ended', outcome = 'completed', ended_at = now() - interval '40 days'
     where trial_id = 't000'`,
  );
  await world.query(`update bridge_runs set active = false where model_run_id = 'idle'`);
  await pruneQueue(world.pool, 30);
  expect(await trials()).toEqual([
    { model_run_id: 'open', trial_id: 't000' },
    { model_run_id: 'open', trial_id: 't001' },
  ]);
  await world.query(`update bridge_runs set active = false`);
  await pruneQueue(world.pool, 30);
  expect(await trials()).toEqual([{ model_run_id: 'open', trial_id: 't001' }]);
});

test('ended trials that are not old enough stay', async () => {
  await world.command(...trialsOf('idle', 1));
  await world.query(
    `update bridge_trials set state = 'ended', outcome = 'completed', ended_at = now() - interval '9 days'`,
  );
  await world.query(`update bridge_runs set active = false`);
  await pruneQueue(world.pool, 10);
  expect(await trials()).toHaveLength(1);
});

test('old requests to cancel are deleted, a bounded number at a time', async () => {
  await world.query(
    `insert into bridge_cancellations select 'r', i::text, now() - interval '40 days' from generate_series(1, 5001) i`,
  );
  await world.query(`insert into bridge_cancellations values ('r', 'new', now())`);
  const left = () => world.query('select count(*)::int as n from bridge_cancellations');
  await pruneQueue(world.pool, 30);
  expect(await left()).toEqual([{ n: 2 }]);
  await pruneQueue(world.pool, 30);
  expect(await left()).toEqual([{ n: 1 }]);
});

test.each<[string, (client: pg.PoolClient) => Promise<unknown>, unknown]>([
  ['are counted', countOpenTrials, { queued: 2, leased: 0, held: 1 }],
  ['are cancelled', (client) => settleCancels(client), { ended: 0, marked: 0 }],
])('the trials that have not ended %s without reading those that have', async (_, work, result) => {
  await world.command(...trialsOf('open', 3));
  await world.query(`update bridge_trials set state = 'held' where trial_id = 't002'`);
  await world.query(
    `insert into bridge_trials (model_run_id, trial_id, command_id, requested_at, state, outcome, ended_at)
     select 'past', i::text, gen_random_uuid(), now(), 'ended', 'completed', now() from generate_series(1, 5000) i`,
  );
  await world.query('analyze bridge_trials');
  await inTransaction(world.pool, async (client) => {
    const scanned = async () =>
      (await client.query(`select seq_tup_read from pg_stat_xact_user_tables where relname = 'bridge_trials'`)).rows;
    const before = await scanned();
    expect(await work(client)).toEqual(result);
    expect(await scanned()).toEqual(before);
  });
});

describe('an idle run that is named again while it is deleted', () => {
  const addOldRun = () =>
    world.query(
      `insert into bridge_runs (model_run_id, requested_at, active) values ('old', now() - interval '40 days', false)`,
    );
  const runs = async () => (await world.query<{ model_run_id: string }>('select model_run_id from bridge_runs')).length;

  test('keeps the trial of a command that found the run before', async () => {
    await addOldRun();
    const other = await world.pool.connect();
    await other.query(`begin; insert into bridge_runs (model_run_id, requested_at) values ('z', now())`);
    // The command has the old run, and waits for the new one.
    const commanded = world.command(runTrial('old', 'new'), runTrial('z', 'new'));
    await eventually(
      async () =>
        (
          await world.query(
            `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
          )
        ).length === 1,
    );
    await pruneQueue(world.pool, 30);
    await other.query('rollback');
    other.release();
    await commanded;
    expect(await trials()).toEqual([
      { model_run_id: 'old', trial_id: 'new' },
      { model_run_id: 'z', trial_id: 'new' },
    ]);
  });

  test.each(['running', 'completed'])('is kept with its %s trial', async (status) => {
    await addOldRun();
    await world.query(
      `insert into cerebros_model_trials (model_run_id, trial_id, status, outcome_version) values ('old', 'new', $1, '2')`,
      status,
    );
    let pruning: Promise<void> | undefined;
    await inTransaction(world.pool, async (client) => {
      const command = runTrial('old', 'new');
      await lockRuns(client, [{ ...command, model_run_id: 'old' }]);
      const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
      let isPruned = false;
      pruning = pruneQueue(world.pool, 30).then(() => {
        isPruned = true;
      });
      await eventually(
        async () =>
          isPruned ||
          (await world.query('select 1 from pg_stat_activity where $1 = any (pg_blocking_pids(pid))', rows[0]?.pid))
            .length > 0,
      );
      const trial = { ...command, trial_id: 'new', traceparent: null };
      await insertTrials(client, [trial], 86_400_000);
    });
    await pruning;
    expect(await runs()).toBe(1);
    expect(await trials()).toEqual([{ model_run_id: 'old', trial_id: 'new' }]);
  });
});
