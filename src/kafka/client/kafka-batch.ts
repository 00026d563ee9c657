import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type FetchedBatch, type FetchedRecord, PartitionLost, type UnreadableBatch } from '../../record.ts';
import { FetchedMessage } from '../wire/fetched-message.ts';
import { writePositionNote } from '../wire/position-note.ts';
import { UnreadableMessage } from '../wire/unreadable-message.ts';
import type { Commit } from './committer.ts';
import { fetchedOffsetOf } from './fetched-offset.ts';
import { TopicRecreated } from './topic-guard.ts';

/** A batch fetched from Kafka. */
export interface KafkaBatch extends FetchedBatch {
  /** Kafka's id of the topic; undefined on a broker without topic ids. */
  readonly topicId: string | undefined;
  /**
   * Marks everything up to and including the record at `offset` as handled without committing it: an interrupted batch is
   * fetched again from there.
   */
  pass(offset: string): void;
  /**
   * Commits `next` as the offset to start from, with a note for the next owner of the partition. May be called long after
   * the handler has returned. One attempt; throws {@link PartitionLost} when this process no longer owns the partition, or
   * when the topic was deleted and created again: the records in hand may then be of either topic.
   */
  commitAt(next: string, note: string): Promise<void>;
  /**
   * False once the group may have assigned the partition to another consumer, or this consumer has ended. Unlike
   * {@link isActive} it stays true after a failure that kafkajs only repeats: it then fetches on from the last offset passed.
   */
  isOwned(): boolean;
  /** Fetches nothing of this partition for `ms` milliseconds; if omitted, for as long as the consumer runs. */
  pause(ms?: number): void;
}

/** The state of the consumer that kafkajs does not keep for a batch. */
export interface BatchOwnership {
  /** See {@link KafkaBatch.topicId}. */
  readonly topicId: string | undefined;
  /** Throws when the topic was deleted and created again since the consumer started. */
  readonly assertSameTopic: () => Promise<void>;
  /** False once the group may have assigned the partition to another consumer. */
  readonly isOwned: () => boolean;
  /** Also false when the batch is to be abandoned, although what was written of it may still be committed. */
  readonly isCurrent: () => boolean;
  readonly commit: (commit: Commit) => Promise<void>;
  /** Records the offset after which an interrupted batch is fetched again. */
  readonly reach: (offset: string) => void;
  /** Calls `resume` in `ms` milliseconds, unless the consumer stops before. */
  readonly later: (ms: number, resume: () => void) => void;
}

/** The coordinator's errors for a commit from a past generation of the group. */
const LOST: ReadonlySet<string> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS']);

const nextOffset = (offset: string): string => String(BigInt(offset) + 1n);

export function toKafkaBatch({ batch, ...control }: EachBatchPayload, claim: BatchOwnership): KafkaBatch {
  const { topic, partition } = batch;
  const lost = (cause?: unknown) => new PartitionLost(`this consumer no longer owns ${topic}/${partition}`, { cause });

  function assertOwned(): void {
    if (!claim.isOwned()) throw lost();
  }

  async function commitAt(offset: string, note: string): Promise<void> {
    const metadata = writePositionNote({ topicId: claim.topicId, note });
    await claim.commit({ topic, partition, offset, metadata, assertOwned }).catch((error: { type?: string }) => {
      throw LOST.has(error.type ?? '') ? lost(error) : error;
    });
  }

  const last: unknown = batch.messages.at(-1);
  const unreadable = last instanceof UnreadableMessage ? toUnreadableBatch(last, batch) : undefined;
  const messages = unreadable === undefined ? batch.messages : batch.messages.slice(0, -1);
  return {
    topic,
    topicId: claim.topicId,
    partition,
    highWatermark: batch.highWatermark,
    records: messages.map((message) => toFetchedRecord(message, topic, partition)),
    unreadable,
    heartbeat: control.heartbeat,
    async commit(offset) {
      await commitAt(nextOffset(offset), '');
      claim.reach(offset);
    },
    pass: claim.reach,
    pause(ms) {
      const resume = control.pause();
      if (ms !== undefined) claim.later(ms, resume);
    },
    async commitAt(next, note) {
      // Records fetched before this check are of the topic with this id.
      await claim.assertSameTopic().catch((error: Error) => {
        throw error instanceof TopicRecreated ? lost() : error;
      });
      await commitAt(next, note);
    },
    isOwned: () => claim.isOwned() && control.isRunning(),
    isActive: () => claim.isCurrent() && control.isRunning() && !control.isStale(),
  };
}

function toUnreadableBatch({ batch: content }: UnreadableMessage, batch: EachBatchPayload['batch']): UnreadableBatch {
  const { topic, partition } = batch;
  return { ...content, topic, partition, firstOffset: content.firstOffset ?? fetchedOffsetOf(batch) };
}

function toFetchedRecord(message: KafkaMessage, topic: string, partition: number): FetchedRecord {
  if (message instanceof FetchedMessage) {
    message.topic = topic;
    message.partition = partition;
    return message;
  }
  const { offset, timestamp, key, value, headers = {} } = message;
  return { topic, partition, offset, timestamp: Number(timestamp), key, value, headers };
}
