import { randomUUID } from 'node:crypto';
import type { Admin, Kafka } from 'kafkajs';
import { deleteGroup } from '../admin/group.ts';
import { startConsumer } from './consumer.ts';
import type { KafkaBatch } from './kafka-batch.ts';

const SESSION_TIMEOUT_MS = 10_000;
const DEADLINE_MS = 30_000;

/**
 * Fetches the batch at an offset of one partition, in a group of its own that is deleted afterwards. Rejects when none
 * arrives in 30 s.
 *
 * @param topic a name on the broker.
 */
export async function readBatch(
  kafka: Kafka,
  admin: Admin,
  topic: string,
  partition: number,
  offset: string,
): Promise<KafkaBatch> {
  const groupId = `thunderline.read-batch.${randomUUID()}`;
  const found = Promise.withResolvers<KafkaBatch>();
  // A consumer that crashes while it joins rejects the promise before anything awaits it.
  found.promise.catch(() => undefined);
  const settings = { groupId, topics: [topic], sessionTimeoutMs: SESSION_TIMEOUT_MS, concurrency: 1 };
  const startAt = (_: string, assigned: number) => (assigned === partition ? offset : undefined);
  const consumer = await startConsumer(
    kafka,
    { ...settings, fetchBytes: 1_048_576, startAt },
    async (batch) => {
      batch.pause();
      if (batch.partition === partition) found.resolve(batch);
    },
    { onCrash: found.reject, onAssigned: () => undefined },
  );
  const timer = setTimeout(
    () => found.reject(new Error(`no batch of ${topic}/${partition} arrived within ${DEADLINE_MS} ms`)),
    DEADLINE_MS,
  );
  try {
    return await found.promise;
  } finally {
    clearTimeout(timer);
    await consumer.stop();
    await deleteGroup(admin, groupId);
  }
}
