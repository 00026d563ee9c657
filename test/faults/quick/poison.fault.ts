import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { until } from '../../support/until.ts';
import { account, NOTHING_LOST } from '../harness/account.ts';
import { startCommand } from '../harness/command.ts';
import { readDeadLetters } from '../harness/dead-letters.ts';
import { createFaultWorld, type FaultWorld } from '../harness/fault-world.ts';
import { startLoad } from '../harness/load.ts';
import { produce } from '../harness/produce.ts';
import type { RoleProcess } from '../harness/role-process.ts';
import { lagOf, settled } from '../harness/settle.ts';

let world: FaultWorld;
let router: RoleProcess;
beforeAll(async () => {
  world = await createFaultWorld();
  await (await world.start(['gateway'])).ready();
  router = await (await world.start(['router'])).ready();
});
afterAll(() => world.close());

const GARBAGE = Buffer.from('not a record');

/** Waits until the consumer holds its records and names the cause. It stays live, because a restart would not help. */
async function breakerOpens(consumer: RoleProcess): Promise<void> {
  await until(
    'the breaker is open',
    120_000,
    async () => (await consumer.metric('thunderline_stage_breaker_open')) > 0,
  );
  await until('readiness names the cause', 60_000, async () =>
    /consecutive records were rejected/.test(await consumer.problems()),
  );
  expect((await consumer.health('live')).ok).toBe(true);
}

test('only the unreadable record in the middle becomes a dead letter', async () => {
  const sink = await (await world.start(['postgres'])).ready();
  const load = startLoad(world, { events: 2_000, perSecond: 500 });
  await load.accepted(1_000);
  await produce(world, 'ml.events', [GARBAGE]);
  await load.done;
  await settled(world, ['router', 'postgres']);
  expect(await account(world, load)).toMatchObject({ ...NOTHING_LOST, deadLetters: ['not_wire_format'] });
  await sink.stop();
});

test('the sink holds its records while it rejects every one, and continues once the cause is removed', async () => {
  const load = startLoad(world, { events: 1_500, perSecond: 1_000 });
  await load.done;
  await settled(world, ['router']);
  expect(await lagOf(world, 'postgres')).toBeGreaterThanOrEqual(1_500);
  await world.query(
    `alter table cerebros_model_trials add constraint mistake check (model_run_id <> '${load.modelRunId}')`,
  );
  const sink = await world.start(['postgres'], { environment: { BREAKER_RUN_LENGTH: '5' } });
  await breakerOpens(sink);
  expect(await lagOf(world, 'postgres')).toBeGreaterThan(1_000);

  await world.query('alter table cerebros_model_trials drop constraint mistake');
  await settled(world, ['postgres']);
  // The first few of a partition are no run yet: they were given up, and come back by a command.
  const { code } = await startCommand(world, 'deadletters', 'replay', '--reason', 'rejected_by_database').ended;
  expect(code).toBe(0);
  await settled(world, ['postgres']);
  expect(await account(world, load)).toMatchObject({ ...NOTHING_LOST, deadLetters: expect.anything() });
  await sink.ready();
  expect(await sink.metric('thunderline_stage_breaker_open')).toBe(0);
});

test('the router holds a thousand unreadable records until the limits are raised', async () => {
  const before = (await readDeadLetters(world)).length;
  await produce(world, 'ml.events', Array<Buffer>(1_200).fill(GARBAGE));
  const load = startLoad(world, { events: 1_200, perSecond: 1_000 });
  await breakerOpens(router);
  await load.done;
  expect(await lagOf(world, 'router')).toBeGreaterThan(1_500);
  await router.stop();

  router = await world.start(['router'], { environment: { BREAKER_RUN_LENGTH: '1000000', BREAKER_RATIO: '1' } });
  await settled(world, ['router', 'postgres']);
  expect((await readDeadLetters(world)).length - before).toBe(1_200);
  expect(await account(world, load)).toMatchObject({ ...NOTHING_LOST, deadLetters: expect.anything() });
});
