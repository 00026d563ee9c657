import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { query } from '../../support/query.ts';
import { until } from '../../support/until.ts';
import { type CallCrashPoint, CRASH_POINTS, type CrashPoint } from '../harness/crash-point.ts';
import { EXCLUSIVE, type ExclusiveTrials, postExclusiveTrials } from '../harness/exclusive-trials.ts';
import { createFaultWorld, type FaultWorld, type StartOptions } from '../harness/fault-world.ts';
import type { RoleProcess } from '../harness/role-process.ts';

let world: FaultWorld;
let front: RoleProcess;
beforeAll(async () => {
  world = await createFaultWorld(EXCLUSIVE);
  front = await (await world.start(['commands', 'router', 'postgres'])).ready();
});
afterAll(() => world.close());

const bridges: RoleProcess[] = [];
/** A failed test must not leave a bridge that takes the trials of the next one. */
afterEach(() => Promise.all(bridges.splice(0).map((process) => process.kill())));

async function startBridge(options: StartOptions = {}): Promise<RoleProcess> {
  const started = await world.start(['bridge'], options);
  bridges.push(started);
  return started;
}
const bridge = async (): Promise<RoleProcess> => (await startBridge()).ready();

/** The trials that a process runs, by the ids of its bridges. */
async function leasedBy({ pid }: RoleProcess): Promise<number> {
  const { rows } = await world.query(
    `select count(*)::int as count from bridge_trials t join bridges b using (bridge_id) where b.pid = $1 and t.state = 'leased'`,
    [pid],
  );
  return rows[0].count;
}

const holdsTrials = (process: RoleProcess) =>
  until('the bridge runs trials', 60_000, async () => (await leasedBy(process)) > 0);

async function expectNoFaults(trials: ExclusiveTrials, count: number): Promise<void> {
  await trials.ended(count);
  expect(await trials.faults()).toEqual([]);
  trials.close();
}

test('each trial ends once when one of two bridges is killed -9', async () => {
  const [killed] = [await bridge(), await bridge()];
  const trials = await postExclusiveTrials(world, front, 'killed', 30, 0.5);
  await trials.ended(6);
  await holdsTrials(killed);
  expect(await killed.kill()).toBe('signal SIGKILL');
  await expectNoFaults(trials, 30);
  expect(await trials.attempts()).toMatchObject({ completed: 30, lost: expect.any(Number) });
});

test('a bridge that is frozen past its lease and thawed changes nothing, and works again', async () => {
  const [frozen, other] = [await bridge(), await bridge()];
  const trials = await postExclusiveTrials(world, front, 'frozen', 30, 0.5);
  await trials.ended(4);
  await holdsTrials(frozen);
  frozen.signal('SIGSTOP');
  await until('the lease of the frozen bridge has ended', 60_000, async () => {
    const { rows } = await world.query('select 1 from bridges where pid = $1 and alive_until > now()', [frozen.pid]);
    return rows.length === 0;
  });
  await until('its trials run elsewhere', 60_000, async () => (await leasedBy(frozen)) === 0);
  frozen.signal('SIGCONT');
  await expectNoFaults(trials, 30);
  await until('the thawed bridge has a lease again', 60_000, async () => {
    const { rows } = await world.query('select 1 from bridges where pid = $1 and alive_until > now()', [frozen.pid]);
    return rows.length === 1;
  });
  expect(frozen.log).toContain('the lease of this bridge is lost');
  await Promise.all([frozen.ready(), other.ready()]);
});

test('a bridge that loses Postgres kills its workers, and runs trials once it is back', async () => {
  const alone = await bridge();
  const trials = await postExclusiveTrials(world, front, 'postgres', 4, 30);
  await holdsTrials(alone);
  await allowConnections(false);
  await until('the bridge gives up its lease', 60_000, () => alone.log.includes('the lease was not renewed in time'));
  await until('its workers are killed', 60_000, () => trials.processes().length === 0);
  await allowConnections(true);
  await until('it runs trials again', 60_000, async () => (await alone.health()).ok && (await leasedBy(alone)) > 0);
  await fetch(`${front.url}/api/runs/postgres/cancel`, { method: 'POST' });
  await trials.ended(4);
  trials.close();
});

/** Cuts every connection to the database and refuses new ones, or accepts them again. */
async function allowConnections(isAllowed: boolean): Promise<void> {
  const url = new URL(world.databaseUrl);
  url.pathname = '/postgres';
  await query(url.href, `alter database ${world.database} allow_connections ${isAllowed}`);
  if (isAllowed) return;
  await query(url.href, 'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [world.database]);
}

/** Further moments: a claim without a start, and an end in Kafka that the queue has not noted. */
const MOMENTS: readonly (CrashPoint | CallCrashPoint)[] = [
  ...CRASH_POINTS,
  'after query bridge-claim',
  'before query bridge-published',
];

describe('a bridge that is killed -9', () => {
  test.each(MOMENTS)('%s loses no command and no end', async (at) => {
    const crashing = await startBridge({ crash: { at, after: 0 } });
    const trials = await postExclusiveTrials(world, front, `crash-${at.replaceAll(' ', '-')}`, 6, 0.1);
    expect(await crashing.ended).toBe('signal SIGKILL');
    expect(crashing.log).toContain(`crash: bridge ${at}`);
    await bridge();
    await expectNoFaults(trials, 6);
  });
});
