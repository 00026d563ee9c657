import { expect } from '@jest/globals';
import { account, NOTHING_LOST } from '../../faults/harness/account.ts';
import { archiveFaults } from '../../faults/harness/archive.ts';
import type { FaultWorld } from '../../faults/harness/fault-world.ts';
import { settled } from '../../faults/harness/settle.ts';
import type { SteadyLoad } from './steady-load.ts';

const SETTLED_MS = 180_000;

/**
 * Stops the load, waits until every record is processed, and expects that nothing acknowledged is lost, nothing rejected is stored, the
 * archive equals the topic, and that a client that sends again had each event accepted in the end.
 */
export async function checkDelivery(world: FaultWorld, load: SteadyLoad): Promise<void> {
  await load.stop();
  console.log([String(load.refusals), ...load.silence.causes].join('\n'));
  await settled(world, ['router', 'postgres', 'archive'], SETTLED_MS);
  expect(await account(world, load)).toMatchObject(NOTHING_LOST);
  expect(await archiveFaults(world, {})).toEqual([]);
  expect(load.tally.unknown).toBe(0);
}
