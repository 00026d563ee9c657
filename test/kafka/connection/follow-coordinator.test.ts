import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import { followCoordinator } from '../../../src/kafka/connection/follow-coordinator.ts';

interface Coordinator {
  isConnected(): boolean;
  offsetCommit(request: object): Promise<void>;
}

const require = createRequire(import.meta.url);
const OffsetManager = require('kafkajs/src/consumer/offsetManager') as new (
  options: object,
) => {
  commitOffsets(offsets: object): Promise<void>;
};
const { KafkaJSProtocolError } = require('kafkajs') as { KafkaJSProtocolError: new (error: object) => Error };

const NOT_COORDINATOR = {
  message: 'not the coordinator',
  type: 'NOT_COORDINATOR_FOR_GROUP',
  code: 16,
  retriable: true,
};
const OFFSETS = { topics: [{ topic: 'a', partitions: [{ partition: 0, offset: '7' }] }] };

/** Brokers that answer as Kafka does: one that coordinated the group until now, and the one that does now. */
function brokers() {
  const commits: string[] = [];
  const before: Coordinator = {
    isConnected: () => true,
    async offsetCommit() {
      commits.push('before');
      throw new KafkaJSProtocolError(NOT_COORDINATOR);
    },
  };
  const now: Coordinator = {
    isConnected: () => true,
    async offsetCommit() {
      commits.push('now');
    },
  };
  const cluster = {
    findGroupCoordinator: async () => now,
    refreshMetadata: async () => undefined,
    committedOffsets: () => ({}),
  };
  const manager = new OffsetManager({
    cluster,
    coordinator: before,
    memberAssignment: { a: [0] },
    instrumentationEmitter: { emit: () => undefined },
    groupId: 'group',
    generationId: 1,
    memberId: 'member',
  });
  return { manager, commits };
}

test('a commit that a former coordinator refuses is repeated at the coordinator of the group', async () => {
  followCoordinator();
  const { manager, commits } = brokers();
  await expect(manager.commitOffsets(OFFSETS)).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
  await manager.commitOffsets(OFFSETS);
  expect(commits).toEqual(['before', 'now']);
});
