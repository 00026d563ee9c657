import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startBridgeListener } from '../../../src/bridge/dispatch/bridge-listener.ts';
import { createLog } from '../../../src/log.ts';
import { eventually } from '../../support/eventually.ts';
import { createQueueWorld, type QueueWorld, runTrial } from '../queue/queue-world.ts';

let world: QueueWorld;
beforeAll(async () => {
  world = await createQueueWorld(4);
});
afterAll(() => world.close());

/** The server processes of the connections that listen. */
const listening = async (): Promise<readonly number[]> =>
  (
    await world.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and query like 'listen %'`,
    )
  ).map(({ pid }) => pid);

test('a bridge listens on one connection, again after it was lost, and not once it has stopped', async () => {
  let calls = 0;
  const wake = (): void => {
    calls += 1;
  };
  const listener = startBridgeListener(world.databaseUrl, wake, createLog('silent'));
  await eventually(async () => (await listening()).length === 1);
  const [first] = await listening();
  await world.query('select pg_terminate_backend($1)', first);
  await eventually(async () => {
    const pids = await listening();
    return pids.length === 1 && pids[0] !== first;
  });
  const before = calls;
  await world.command(runTrial('r', 't'));
  await eventually(() => calls > before);
  await listener.stop();
  await eventually(async () => (await listening()).length === 0);
  const last = calls;
  await world.command(runTrial('r', 'u'));
  expect(calls).toBe(last);
});
