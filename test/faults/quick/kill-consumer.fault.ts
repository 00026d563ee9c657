import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RoleName } from '../../../src/pipeline.ts';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { archiveFaults } from '../harness/archive.ts';
import { CRASH_POINTS } from '../harness/crash-point.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { type Load, startLoad } from '../harness/load.ts';
import { lagOf, settled } from '../harness/settle.ts';

/** A role that consumes, and the check that its crash has lost nothing. */
interface Consumer {
  readonly role: RoleName;
  /** Roles that run meanwhile in other processes, in addition to the gateway. */
  readonly others: readonly RoleName[];
  expectNothingLost(world: FaultWorld, load: Load): Promise<void>;
}

async function everyEventHasItsRow(world: FaultWorld, load: Load): Promise<void> {
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
}

async function everyRecordIsArchivedOnce(world: FaultWorld): Promise<void> {
  await settled(world, ['archive']);
  expect(await archiveFaults(world)).toEqual([]);
}

/** A new role that consumes is one line here, and one in crash-at.ts. */
const CONSUMERS: readonly Consumer[] = [
  { role: 'router', others: ['postgres'], expectNothingLost: everyEventHasItsRow },
  { role: 'postgres', others: ['router'], expectNothingLost: everyEventHasItsRow },
  { role: 'archive', others: [], expectNothingLost: everyRecordIsArchivedOnce },
];

/** Small chunks, so that a role that crashes in its first chunk leaves most of the records unread. */
const SMALL_CHUNKS = { CHUNK_RECORDS: '200', CONSUMER_CONCURRENCY: '1' };

describe.each(CONSUMERS)('the role $role', ({ role, others, expectNothingLost }) => {
  let world: FaultWorld;
  beforeAll(async () => {
    world = await createFaultWorld();
    const rest = await Promise.all((['gateway', ...others] as const).map((other) => world.start([other])));
    await Promise.all(rest.map((process) => process.ready()));
  });
  afterAll(() => world.close());

  test.each(CRASH_POINTS)('loses nothing when it is killed -9 %s', async (at) => {
    const load = startLoad(world, { events: 4_500, perSecond: 1_500 });
    await until(`3,000 records wait for the ${role}`, 120_000, async () => (await lagOf(world, role)) >= 3_000);
    const crashing = await world.start([role], { crash: { at, after: 1 }, environment: SMALL_CHUNKS });
    expect(await crashing.ended).toBe('signal SIGKILL');
    expect(crashing.log).toContain(`crash: ${role} ${at}`);
    expect(await lagOf(world, role)).toBeGreaterThan(1_000);

    const restarted = await world.start([role]);
    await load.done;
    await expectNothingLost(world, load);
    await restarted.stop();
  });
});
