import type { UnreadableBatch } from '../../record.ts';

/** A batch before it is assigned to a partition; the first offset is undefined if only the position of the fetch is known. */
export type UnreadableContent = Omit<UnreadableBatch, 'topic' | 'partition' | 'firstOffset'> & {
  readonly firstOffset: string | undefined;
};

const GREATEST_OFFSET = '9223372036854775807';

/** Stands for a batch that cannot be read among the messages that kafkajs passes on; nothing follows it. */
export class UnreadableMessage {
  /** The offset of the last record of the batch: kafkajs drops messages before the position it fetched from. */
  readonly offset: string;
  readonly timestamp: number;
  readonly key = null;
  readonly value = null;
  readonly isControlRecord = false;
  readonly batchContext = { inTransaction: false, producerId: '-1' };
  readonly batch: UnreadableContent;

  constructor(batch: UnreadableContent) {
    this.offset = batch.lastOffset ?? GREATEST_OFFSET;
    this.timestamp = batch.timestamp;
    this.batch = batch;
  }
}
