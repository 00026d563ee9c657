import type { Batch } from 'kafkajs';
import { partitionKey } from '../../record.ts';
import { UnreadableMessage } from '../wire/unreadable-message.ts';

/** The part of kafkajs' batch payload that this file uses, so that a test can script it. */
export interface Fetched {
  readonly batch: Pick<Batch, 'topic' | 'partition' | 'highWatermark' | 'lastOffset'> & {
    readonly messages: readonly { readonly offset: string }[];
  };
  /** Makes the next fetch of the partition start after this offset. */
  resolveOffset(offset: string): void;
}

/** Handles a batch. Calls `reach` with each offset after which an interrupted batch would be fetched again, decimal text. */
export type HandleBatch = (reach: (offset: string) => void) => Promise<void>;

export interface ReadAhead {
  /**
   * Handles a batch after the previous one of its partition. Resolves when more may be fetched: at once if the partition
   * has more records, otherwise once the batch is handled. A batch whose handler returns or throws before its last record
   * is fetched again from the offset it reached; its error is then thrown here.
   *
   * @param isOwned false once the group may have assigned the partition to another consumer.
   */
  handle(fetched: Fetched, isOwned: () => boolean, handleBatch: HandleBatch): Promise<void>;
  /** Resolves when no batch is being handled. */
  drain(): Promise<void>;
}

/** A batch that is being handled. */
interface Started {
  readonly isOwned: () => boolean;
  /** Offset of its last record. */
  readonly last: string;
  /** Resolves when it is handled, with the last offset it reached, and with its error if there is one. */
  readonly ended: Promise<{ readonly reached: string; readonly error?: unknown }>;
}

/**
 * Fetches the next batch of a partition while one is being handled. By itself, kafkajs fetches again only when everything
 * from the last fetch is handled, and until the response arrives no handler has work.
 *
 * At most one batch of a partition is read ahead, and none at the end of the partition: a fetch waits there for more
 * records, and on kafkajs' single connection to a broker a commit would queue after it. Nothing is read ahead of a
 * batch that cannot be read either, because the partition waits there.
 *
 * @param concurrency batches handled at the same time.
 */
export function createReadAhead(concurrency: number): ReadAhead {
  /** The batch in progress of each partition that is read ahead. */
  const ahead = new Map<string, Started>();
  const inHand = new Set<Promise<unknown>>();

  function start(
    { batch: { messages }, resolveOffset }: Fetched,
    isOwned: () => boolean,
    handleBatch: HandleBatch,
    readsOn: boolean,
  ): Started {
    const last = messages.at(-1)?.offset ?? '-1';
    let reached = String(BigInt(messages[0]?.offset ?? '0') - 1n);
    if (readsOn) resolveOffset(last);
    const reach = (offset: string): void => {
      reached = offset;
      if (!readsOn && isOwned()) resolveOffset(offset);
    };
    const ended = handleBatch(reach).then(
      () => ({ reached }),
      (error: unknown) => ({ reached, error }),
    );
    inHand.add(ended);
    void ended.then(() => inHand.delete(ended));
    return { isOwned, last, ended };
  }

  return {
    async handle(fetched, isOwned, handleBatch) {
      const { batch, resolveOffset } = fetched;
      const key = partitionKey(batch.topic, batch.partition);
      const before = ahead.get(key);
      if (before !== undefined) {
        const { reached, error } = await before.ended;
        ahead.delete(key);
        if (before.isOwned() && reached !== before.last) {
          resolveOffset(reached);
          if (error !== undefined) throw error;
          return;
        }
      }
      while (inHand.size >= concurrency) await Promise.race(inHand);
      if (!isOwned()) return;
      const readsOn =
        BigInt(batch.highWatermark) > BigInt(batch.lastOffset()) + 1n &&
        !(batch.messages.at(-1) instanceof UnreadableMessage);
      const started = start(fetched, isOwned, handleBatch, readsOn);
      if (readsOn) {
        ahead.set(key, started);
        return;
      }
      const { error } = await started.ended;
      if (error !== undefined) throw error;
    },

    async drain() {
      await Promise.all(inHand);
    },
  };
}
