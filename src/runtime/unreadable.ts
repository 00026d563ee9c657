import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { partitionKey, type UnreadableBatch } from '../record.ts';
import type { ConsumerStatus } from './consumer-status.ts';
import type { DeadLetters } from './dead-letters.ts';
import { createPersist } from './persist.ts';
import type { Rejected } from './stage.ts';

/** How long a partition rests before its unreadable batch is fetched again and decisions to skip it are looked up. */
const RECHECK_MS = 3_000;

export interface UnreadableParts {
  readonly deadLetters: DeadLetters;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: ConsumerStatus;
  /** The consumer group by which an operator addresses this consumer. */
  readonly groupId: string;
  /** The offset after the batch that an operator last decided to skip in a partition of the topic with this id. */
  readonly fetchSkip: (topic: string, partition: number, topicId: string | undefined) => Promise<bigint | undefined>;
}

/** Handles the unreadable batch at the end of `batch`; `pass` moves the position of the partition past its last record. */
export type HandleUnreadable = (
  batch: KafkaBatch,
  unreadable: UnreadableBatch,
  pass: (lastOffset: string) => Promise<void> | void,
) => Promise<void>;

/**
 * Makes the partition of an unreadable batch wait, and no other: it is paused and fetched again every few seconds, in
 * case a replica has the batch intact or a restart with other settings can read it. The consumer's readiness names the
 * batch and the command that skips it. Once an operator has done that, the batch becomes a dead letter and the
 * partition continues.
 */
export function createUnreadableHandler(consumer: string, parts: UnreadableParts): HandleUnreadable {
  const { deadLetters, groupId, log, status } = parts;
  const persist = createPersist(consumer, parts);
  /** The first offset of the batch that was last logged, by partition. */
  const logged = new Map<string, string>();

  return async (batch, unreadable, pass) => {
    if (!batch.isActive()) return;
    const { topic, partition, firstOffset, lastOffset } = unreadable;
    const key = partitionKey(topic, partition);
    let skipped = false;
    const skipIfDecided = async (): Promise<void> => {
      if (lastOffset === undefined) return;
      const next = await parts.fetchSkip(topic, partition, batch.topicId);
      if (next !== BigInt(lastOffset) + 1n) return;
      await deadLetters.write(consumer, [rejectedBatch(unreadable)]);
      await pass(lastOffset);
      skipped = true;
    };
    if (!(await persist(batch, [], skipIfDecided))) return;
    const fields = { stage: consumer, topic, partition, offset: firstOffset, lastOffset, codec: unreadable.codec };
    if (skipped) {
      logged.delete(key);
      log.warn({ ...fields, reason: unreadable.reason }, 'skipped an unreadable batch by decision of an operator');
      return;
    }
    const remedy = lastOffset === undefined ? '' : `. To skip it: ${skipCommand(groupId, unreadable)}`;
    const cause = `${describeUnreadable(unreadable)}${remedy}`;
    status.waits(key, cause);
    if (logged.get(key) !== firstOffset) log.error({ ...fields, cause }, 'a batch cannot be read; its partition waits');
    logged.set(key, firstOffset);
    batch.pause(RECHECK_MS);
  };
}

/** A sentence that names the batch and the reason why it cannot be read. */
export const describeUnreadable = ({ firstOffset, lastOffset, codec, bytes, reason }: UnreadableBatch): string =>
  lastOffset === undefined
    ? `offset ${firstOffset} cannot be read: ${reason}`
    : `the batch at offset ${firstOffset} (up to ${lastOffset}, ${bytes.length} bytes, codec ${codec}) cannot be read: ${reason}`;

const skipCommand = (groupId: string, { topic, partition, firstOffset }: UnreadableBatch): string =>
  `npx thunderline deadletters skip --group ${groupId} --topic ${topic} --partition ${partition} --offset ${firstOffset}`;

/** A whole batch as a rejected record: it has the first offset of the batch, and the bytes of the batch as its value. */
export function rejectedBatch(unreadable: UnreadableBatch): Rejected {
  const { topic, partition, firstOffset: offset, timestamp, bytes: value } = unreadable;
  const record = { topic, partition, offset, timestamp: Math.max(0, timestamp), key: null, value, headers: {} };
  return { record, code: 'unreadable_batch', message: describeUnreadable(unreadable) };
}
