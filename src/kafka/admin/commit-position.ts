import type { Kafka } from 'kafkajs';
import { type PositionNote, writePositionNote } from '../wire/position-note.ts';

/** A position in one partition, to be committed. */
export interface NewPosition extends PositionNote {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly next: bigint;
}

const SESSION_TIMEOUT_MS = 10_000;
const DEADLINE_MS = 30_000;

/**
 * Commits a position for a group that has no members of its own, by joining the group for a moment; `admin.setOffsets` of
 * kafkajs commits positions without their notes. Rejects when the group cannot be joined in 30 s.
 */
export async function commitPosition(kafka: Kafka, groupId: string, position: NewPosition): Promise<void> {
  const { topic, partition, next } = position;
  const consumer = kafka.consumer({
    groupId,
    sessionTimeout: SESSION_TIMEOUT_MS,
    maxWaitTimeInMs: 500,
    allowAutoTopicCreation: false,
    retry: { restartOnFailure: async () => false },
  });
  const joined = Promise.withResolvers<void>();
  // A consumer that crashes while it joins rejects the promise before anything awaits it.
  joined.promise.catch(() => undefined);
  consumer.on('consumer.crash', ({ payload }) => joined.reject(payload.error));
  consumer.on('consumer.group_join', () => {
    consumer.pause([{ topic }]);
    joined.resolve();
  });
  const timer = setTimeout(
    () => joined.reject(new Error(`the group ${groupId} could not be joined within ${DEADLINE_MS} ms`)),
    DEADLINE_MS,
  );
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
    await joined.promise;
    await consumer.commitOffsets([{ topic, partition, offset: String(next), metadata: writePositionNote(position) }]);
  } finally {
    clearTimeout(timer);
    await consumer.disconnect();
  }
}
