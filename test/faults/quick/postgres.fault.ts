import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { type Load, startLoad } from '../harness/load.ts';
import { parts } from '../harness/parts.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { settled } from '../harness/settle.ts';

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createFaultWorld();
  system = await (await world.start(['gateway', 'router', 'postgres'])).ready();
});
afterAll(async () => {
  // The registry keeps its schemas in the Postgres that was shut down, and needs minutes to reconnect.
  await parts.registry.stop();
  await parts.registry.start();
  await world.close();
});

const startFleet = async (): Promise<Load> => {
  const load = startLoad(world, { events: 3_000, perSecond: 300 });
  await load.accepted(300);
  return load;
};

/** The gateway does not need Postgres: it continues to accept events, and the sink reports what it waits for. */
async function takesEventsWhileSinkWaits(load: Load, cause: RegExp): Promise<void> {
  const before = load.tally.accepted;
  await until(`/health/ready reports ${cause}`, 60_000, async () => cause.test(await system.problems()));
  await load.accepted(before + 1_000);
  expect(await system.metric('thunderline_stage_waiting')).toBeGreaterThan(0);
}

async function goesOnByItself(load: Load): Promise<void> {
  await load.done;
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  await system.ready();
  expect(await system.metric('thunderline_stage_waiting')).toBe(0);
}

const endSessions = async (): Promise<number> =>
  (await world.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [world.account]))
    .rowCount ?? 0;

test('no event is lost when Postgres is shut down at once and started again', async () => {
  const load = await startFleet();
  // `pg_ctl stop --mode=immediate` sends QUIT.
  expect(await parts.postgres.kill('SIGQUIT')).toMatch(/^Postgres 18 ended/);
  await takesEventsWhileSinkWaits(load, /postgres/);
  await parts.postgres.start();
  expect(parts.postgres.log).toContain('automatic recovery in progress');
  await goesOnByItself(load);
});

test('no event is lost when sessions of the sink are terminated repeatedly', async () => {
  const load = await startFleet();
  const before = load.tally.accepted;
  let ended = 0;
  await until('1,000 events are accepted meanwhile', 60_000, async () => {
    ended += await endSessions();
    return load.tally.accepted > before + 1_000;
  });
  expect(ended).toBeGreaterThan(3);
  await goesOnByItself(load);
});

test('no event is lost when another session locks rows of the sink', async () => {
  const load = await startFleet();
  const holder = new pg.Client({ connectionString: world.databaseUrl });
  await holder.connect();
  await holder.query('begin');
  const lock = 'select from cerebros_model_trials where model_run_id = $1 for update';
  await until('there are rows to lock', 60_000, async () => {
    return ((await holder.query(lock, [load.modelRunId])).rowCount ?? 0) > 0;
  });
  await takesEventsWhileSinkWaits(load, /lock timeout/);
  await holder.query('rollback');
  await holder.end();
  await goesOnByItself(load);
});

test('no event is lost when Postgres becomes read-only', async () => {
  const load = await startFleet();
  await world.query(`alter role ${world.account} set default_transaction_read_only = on`);
  await endSessions();
  await takesEventsWhileSinkWaits(load, /read-only/);
  await world.query(`alter role ${world.account} reset default_transaction_read_only`);
  await goesOnByItself(load);
});

test('no event is lost when Postgres has no connection left', async () => {
  const load = await startFleet();
  await world.query(`alter role ${world.account} connection limit 0`);
  await endSessions();
  await takesEventsWhileSinkWaits(load, /too many connections/);
  await world.query(`alter role ${world.account} connection limit -1`);
  await goesOnByItself(load);
});
