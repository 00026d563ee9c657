import { expect } from '@jest/globals';
import type { RoleName } from '../../../src/pipeline.ts';
import type { CrashPoint } from './crash-point.ts';
import { type Load, startLoad } from './load.ts';
import type { RoleProcess } from './role-process.ts';
import { lagOf } from './settle.ts';
import { until } from './until.ts';
import type { FaultWorld } from './world.ts';

/** Small rounds, so that a role that dies in its first one leaves most of what waits for it. */
const SMALL_ROUNDS = { CHUNK_RECORDS: '200', CONSUMER_CONCURRENCY: '1' };

/**
 * Kills a role that consumes at one moment of its work, with more than 1,000 records before it, and starts it again while
 * more are posted. Resolves when everything is posted.
 */
export async function killWhileConsuming(
  world: FaultWorld,
  role: RoleName,
  at: CrashPoint,
): Promise<{ load: Load; restarted: RoleProcess }> {
  const load = startLoad(world, { events: 4_500, perSecond: 1_500 });
  await until(`3,000 records wait for the ${role}`, 120_000, async () => (await lagOf(world, role)) >= 3_000);
  const crashing = await world.start([role], { crash: { at, after: 1 }, environment: SMALL_ROUNDS });
  expect(await crashing.ended).toBe('signal SIGKILL');
  expect(crashing.log).toContain(`crash: ${role} ${at}`);
  expect(await lagOf(world, role)).toBeGreaterThan(1_000);

  const restarted = await world.start([role]);
  await load.done;
  return { load, restarted };
}
