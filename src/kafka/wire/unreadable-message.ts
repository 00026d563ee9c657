import type { UnreadableBatch } from '../../record.ts';

/** Stands for a batch that cannot be read among the messages that kafkajs passes on; nothing follows it. */
export class UnreadableMessage {
  /** Offset of the last record of the batch: kafkajs drops messages before the position it fetched from. */
  readonly offset: string;
  readonly timestamp: number;
  readonly key = null;
  readonly value = null;
  readonly isControlRecord = false;
  readonly batchContext = { inTransaction: false, producerId: '-1' };
  readonly batch: Omit<UnreadableBatch, 'topic' | 'partition'>;

  constructor(batch: UnreadableMessage['batch']) {
    this.offset = batch.lastOffset;
    this.timestamp = batch.timestamp;
    this.batch = batch;
  }
}
