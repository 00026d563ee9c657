import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Commit } from './committer.ts';
import { FetchedMessage } from './record-batch.ts';
import type { FetchedRecord } from './records.ts';

/** Records of one partition, in order, with what their handler may do about them. */
export interface FetchedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly FetchedRecord[];
  /** Offset after the last record of the partition, decimal text. */
  readonly highWatermark: string;
  /** Tells the group that we live. Throws when the group is rebalancing: the handler lets go of the batch. */
  heartbeat(): Promise<void>;
  /**
   * Commits everything up to and including the record at `offset`, behind which the batch is taken up again where it has to
   * be. Works while the consumer stops, too. As {@link commitAt} otherwise.
   */
  commit(offset: string): Promise<void>;
  /** As {@link commit} does, with nothing committed. */
  pass(offset: string): void;
  /**
   * Commits `next` as the offset to start from, with a note for whoever starts there; the handler may have returned long
   * ago. One attempt, known to count only while the partition is ours; throws {@link PartitionLost} when it is not.
   */
  commitAt(next: string, note: string): Promise<void>;
  /** Fetches no more of this partition, for as long as the consumer runs. */
  pause(): void;
  /** False once the consumer stops, the group rebalances or the position was moved: the rest is not ours to handle. */
  isActive(): boolean;
}

/** The group may have given the partition to another consumer. */
export class PartitionLost extends Error {
  override readonly name = 'PartitionLost';
}

/** What the consumer knows of a batch that kafkajs does not. */
export interface Claim {
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

export function toFetchedBatch({ batch, ...control }: EachBatchPayload, claim: Claim): FetchedBatch {
  const { topic, partition } = batch;
  const lost = (cause?: unknown) => new PartitionLost(`${topic}/${partition} is not ours any more`, { cause });

  function assertOurs(): void {
    if (!claim.isOurs()) throw lost();
  }

  async function commitAt(offset: string, metadata: string): Promise<void> {
    await claim.commit({ topic, partition, offset, metadata, assertOurs }).catch((error: { type?: string }) => {
      throw LOST.has(error.type ?? '') ? lost(error) : error;
    });
  }

  return {
    topic,
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
