import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RoleName } from '../../../src/pipeline.ts';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { startCommand } from '../harness/command.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { type Load, startLoad } from '../harness/load.ts';
import { parts } from '../harness/parts.ts';
import { produce } from '../harness/produce.ts';
import { queueTrials } from '../harness/queue-trials.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { settled } from '../harness/settle.ts';
import { emptyTables, rememberTables, tableFaults } from '../harness/tables.ts';

const EVENTS = 200_000;
const QUEUED = 500;
const ROLES = ['gateway', 'router', 'postgres', 'archive'] as const satisfies readonly RoleName[];

let world: FaultWorld;
const roles = new Map<RoleName, RoleProcess>();
const start = async (role: RoleName): Promise<void> => {
  roles.set(role, await world.start([role], { environment: { ARCHIVE_OBJECT_AGE_MS: '10000' } }));
};
beforeAll(async () => {
  world = await createFaultWorld();
  for (const role of ROLES) await start(role);
  await Promise.all([...roles.values()].map((role) => role.ready()));
});
afterAll(() => world.close());

const killAndRestart = (role: RoleName) => async (): Promise<void> => {
  expect(await roles.get(role)?.kill()).toBe('signal SIGKILL');
  await start(role);
};

const endSessions = async (): Promise<void> => {
  const sql = 'select pg_terminate_backend(pid) from pg_stat_activity where usename = $1';
  expect((await world.query(sql, [world.account])).rowCount).toBeGreaterThan(0);
};

const restartPostgres = async (): Promise<void> => {
  expect(await parts.postgres.kill('SIGQUIT')).toMatch(/^Postgres 18 ended/);
  await parts.postgres.start();
  // The registry keeps its schemas there and needs minutes to reconnect; the roles that start again need it.
  await parts.registry.stop();
  await parts.registry.start();
};

/** The faults, one after the other, while the fleet posts. */
const FAULTS: readonly (() => Promise<unknown>)[] = [
  killAndRestart('router'),
  endSessions,
  killAndRestart('postgres'),
  killAndRestart('archive'),
  restartPostgres,
  killAndRestart('gateway'),
  () => produce(world, 'ml.events', [Buffer.from('no record of this system')]),
  killAndRestart('postgres'),
  killAndRestart('router'),
];

async function postWithFaults(): Promise<Load> {
  const load = startLoad(world, { events: EVENTS, perSecond: 3_000, batch: 22 });
  await queueTrials(world, load.modelRunId, QUEUED);
  for (const [index, fault] of FAULTS.entries()) {
    await load.accepted((EVENTS * (index + 1)) / (FAULTS.length + 1));
    await fault();
  }
  await load.done;
  return load;
}

test('the tables, emptied, are rebuilt to the byte from the topics, and again from the archive', async () => {
  const load = await postWithFaults();
  await settled(world, ROLES);
  expect(await account(world, load)).toMatchObject({ ...NOTHING_LOST, deadLetters: ['not_wire_format'] });
  expect(load.tally.accepted).toBeGreaterThanOrEqual(EVENTS);
  expect(await archiveFaults(world)).toEqual([]);
  await Promise.all([...roles.values()].map((role) => role.stop()));
  const verified = await startCommand(world, 'replay', '--verify').ended;
  expect(verified).toEqual({ code: 0, output: expect.stringContaining('done: ') });
  const rows = await rememberTables(world);
  expect(rows.cerebros_model_trials).toBeGreaterThan(EVENTS / 22 + QUEUED - 1);
  expect(rows.trial_metric_points).toBeGreaterThan(EVENTS);

  await emptyTables(world);
  const interrupted = startCommand(world, 'replay', '--sink', 'postgres');
  await until('a tenth of the points is back', 120_000, async () => (await points()) > EVENTS / 10);
  interrupted.kill();
  expect((await interrupted.ended).code).toBeNull();
  expect((await tableFaults(world)).length).toBeGreaterThan(0);
  const resumed = await startCommand(world, 'replay', '--sink', 'postgres').ended;
  expect(resumed).toEqual({ code: 0, output: expect.stringContaining('done: ') });
  expect(await tableFaults(world)).toEqual([]);

  await emptyTables(world);
  const address = `s3://${world.environment.S3_BUCKET}/${world.environment.ARCHIVE_PREFIX}`;
  const again = await startCommand(world, 'replay', '--sink', 'postgres', '--archive', address).ended;
  expect(again).toEqual({ code: 0, output: expect.stringMatching(/not_wire_format +1\n.*done: /s) });
  expect(await tableFaults(world)).toEqual([]);
}, 900_000);

async function points(): Promise<number> {
  return Number((await world.query('select count(*) as n from trial_metrics')).rows[0]?.n);
}
