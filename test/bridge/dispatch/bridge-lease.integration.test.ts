import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startBridgeLease } from '../../../src/bridge/dispatch/bridge-lease.ts';
import { createLog } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';
import { createQueueWorld, type QueueWorld } from '../queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
afterAll(() => world.close());

let paused: string | undefined;

test('a lease that was abandoned is released, and a new one taken, once its attempts have ended', async () => {
  const awaited: string[] = [];
  const ending = Promise.withResolvers<void>();
  const lease = startBridgeLease({
    pool: world.pool,
    log: createLog('silent'),
    host: { host: 'h', pid: 1, slots: 1 },
    leaseMs: 20_000,
    pauseReason: () => paused,
    onRenewed() {},
    onLost() {},
    ended(bridgeId) {
      awaited.push(bridgeId);
      return ending.promise;
    },
  });
  await eventually(() => lease.bridgeId !== undefined);
  const { bridgeId } = lease;
  const pauses = () => world.query('select bridge_id, pause_reason from bridges where paused_at is not null');
  paused = 'no GPU';
  lease.renewNow();
  await eventually(async () => (await pauses()).length > 0);
  expect(await pauses()).toEqual([{ bridge_id: bridgeId, pause_reason: 'no GPU' }]);
  lease.abandon('a test');
  await eventually(() => awaited.length > 0);
  expect(awaited).toEqual([bridgeId]);
  expect(lease.bridgeId).toBeUndefined();
  expect(await world.query('select bridge_id from bridges')).toEqual([{ bridge_id: bridgeId }]);
  ending.resolve();
  await eventually(() => lease.bridgeId !== undefined);
  expect(lease.bridgeId).not.toBe(bridgeId);
  // The pause is of this process, not of its lease.
  expect(await pauses()).toEqual([{ bridge_id: lease.bridgeId, pause_reason: 'no GPU' }]);
  await lease.stop();
  expect(await world.query('select 1 from bridges')).toEqual([]);
});
