import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { type FetchedBatch, type FetchedRecord, PartitionLost } from '../../record.ts';
import { writePositionNote } from '../wire/position-note.ts';
import { FetchedMessage } from '../wire/record-batch.ts';
import type { Commit } from './committer.ts';

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
   * the handler has returned. One attempt; throws {@link PartitionLost} when this process no longer owns the partition.
   */
  commitAt(next: string, note: string): Promise<void>;
  /** Stops fetching this partition for as long as the consumer runs. */
  pause(): void;
}

/** What the consumer knows of a batch that kafkajs does not. */
export interface Claim {
  /** See {@link KafkaBatch.topicId}. */
  readonly topicId: string | undefined;
  /** False once the group may have given the partition to another. */
  readonly isOurs: () => boolean;
  /** False, too, when the batch is to be let go, though what is written of it may be committed. */
  readonly isCurrent: () => boolean;
  readonly commit: (commit: Commit) => Promise<void>;
  /** Takes down the offset of a record behind which the batch would be taken up again. */
  readonly reach: (offset: string) => void;
}

/** How the coordinator says that a commit comes from a past generation of the group. */
const LOST: ReadonlySet<string> = new Set(['ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID', 'REBALANCE_IN_PROGRESS']);

const nextOffset = (offset: string): string => String(BigInt(offset) + 1n);

export function toKafkaBatch({ batch, ...control }: EachBatchPayload, claim: Claim): KafkaBatch {
  const { topic, partition } = batch;
  const lost = (cause?: unknown) => new PartitionLost(`${topic}/${partition} is not ours any more`, { cause });

  function assertOurs(): void {
    if (!claim.isOurs()) throw lost();
  }

  async function commitAt(offset: string, note: string): Promise<void> {
    const metadata = writePositionNote({ topicId: claim.topicId, note });
    await claim.commit({ topic, partition, offset, metadata, assertOurs }).catch((error: { type?: string }) => {
      throw LOST.has(error.type ?? '') ? lost(error) : error;
    });
  }

  return {
    topic,
    topicId: claim.topicId,
    partition,
    highWatermark: batch.highWatermark,
    records: batch.messages.map((message) => toFetchedRecord(message, topic, partition)),
    heartbeat: control.heartbeat,
    async commit(offset) {
      await commitAt(nextOffset(offset), '');
      claim.reach(offset);
    },
    pass: claim.reach,
    pause: () => void control.pause(),
    commitAt,
    isActive: () => claim.isCurrent() && control.isRunning() && !control.isStale(),
  };
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
