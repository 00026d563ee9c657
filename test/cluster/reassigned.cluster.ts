import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topicName } from '../../src/topics.ts';
import type { FaultWorld } from '../faults/harness/fault-world.ts';
import type { RoleProcess } from '../faults/harness/role-process.ts';
import { until } from '../support/until.ts';
import { checkDelivery } from './harness/check-delivery.ts';
import { brokers, createClusterWorld } from './harness/cluster-world.ts';
import { startSteadyLoad } from './harness/steady-load.ts';

const MOVE_MS = 60_000;
const TOPICS_TO_MOVE = ['ml.events', 'ml.events.high'] as const;

let world: FaultWorld;
let system: RoleProcess;
beforeAll(async () => {
  world = await createClusterWorld();
  system = await (await world.start('all')).ready();
});
afterAll(() => world.close());

/** Gives every partition of a topic other replicas; resolves when it has them. */
async function reassign(
  topic: string,
  replicasOf: (leader: number, all: readonly number[]) => number[],
): Promise<void> {
  const partitions = await brokers.partitionsOf(topic);
  const ids = brokers.all.map(({ id }) => id);
  const wanted = new Map(partitions.map(({ partitionId, leader }) => [partitionId, replicasOf(leader, ids)]));
  await brokers.withAdmin((admin) =>
    admin.alterPartitionReassignments({
      topics: [{ topic, partitionAssignment: [...wanted].map(([partition, replicas]) => ({ partition, replicas })) }],
    }),
  );
  await until(`the replicas of ${topic} are moved`, MOVE_MS, async () =>
    (await brokers.partitionsOf(topic)).every(({ partitionId, replicas, isr, leader }) => {
      const goal = wanted.get(partitionId)?.toSorted().join();
      return replicas.toSorted().join() === goal && isr.toSorted().join() === goal && replicas.includes(leader);
    }),
  );
}

test('every partition gets other replicas and another leader under load, and no event is lost', async () => {
  const load = startSteadyLoad(world);
  await load.more(1_000);
  for (const name of TOPICS_TO_MOVE) {
    const topic = topicName(world.topicPrefix, name);
    const before = await brokers.partitionsOf(topic);
    await reassign(topic, (leader, ids) => ids.filter((id) => id !== leader));
    const after = await brokers.partitionsOf(topic);
    const kept = after.filter(
      ({ partitionId, leader }) => before.find((one) => one.partitionId === partitionId)?.leader === leader,
    );
    expect(kept).toEqual([]);
    await load.more(500);
    await reassign(topic, (leader, ids) => [leader, ...ids.filter((id) => id !== leader)]);
  }
  await checkDelivery(world, load);
  await system.ready();
});
