import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPoster } from '../../src/fleet/poster.ts';
import { topicName } from '../../src/topics.ts';
import type { FaultWorld } from '../faults/harness/fault-world.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { until } from '../support/until.ts';
import { checkDelivery } from './harness/check-delivery.ts';
import { brokers, createClusterWorld } from './harness/cluster-world.ts';
import { startSteadyLoad } from './harness/steady-load.ts';

/** The time until an event that was accepted at the return of the quorum is in its row. */
const BACK_MS = 30_000;
const POSTS = 12;

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createClusterWorld();
  system = await (await world.start('all')).ready();
});
afterAll(() => world.close());

const post = async (event: object): Promise<number | string> => {
  const poster = createPoster({ gatewayUrl: world.gatewayUrl, connections: 1, timeoutMs: 20_000 });
  const answer = await poster.post(JSON.stringify(event));
  poster.close();
  return answer.kind === 'answered' ? answer.status : answer.cause;
};
const start = (trial: string) => ({
  event: 'ml.trial.start',
  event_id: randomUUID(),
  model_run_id: 'quorum',
  trial_id: trial,
});

test('without two of three brokers every answer is 503, and consumers are back 30 s after the quorum', async () => {
  const load = startSteadyLoad(world);
  await load.more(1_000);
  const [first, second] = brokers.all;
  await Promise.all([first?.kill(), second?.kill()]);
  // Spread over all partitions; none of them has two replicas.
  const answers = await Promise.all(Array.from({ length: POSTS }, (_, index) => post(start(`refused-${index}`))));
  expect(answers).toEqual(answers.map(() => 503));

  first?.start();
  second?.start();
  const topics = ['ml.events', 'ml.events.high', 'ml.events.realtime'] as const;
  await until('the cluster has its quorum', 120_000, async () => {
    for (const topic of topics) {
      const partitions = await brokers.partitionsOf(topicName(world.topicPrefix, topic));
      if (partitions.some(({ leader, isr }) => leader < 0 || isr.length < 2)) return false;
    }
    return true;
  });
  const quorumAt = performance.now();
  await until('an event is accepted', BACK_MS, async () => (await post(start('back'))) === 202);
  await until('the event is in its row', BACK_MS, async () => {
    const { rows } = await world.query(`select 1 from trials where model_run_id = 'quorum' and trial_id = 'back'`);
    return rows.length === 1;
  });
  const backMs = performance.now() - quorumAt;
  expect(backMs).toBeLessThan(BACK_MS);
  await brokers.inSync();
  await system.ready();
  await checkDelivery(world, load);
  console.log(`consumers are back after ${(backMs / 1_000).toFixed(1)} s`);
});
