import type { Batch } from 'kafkajs';

/** The part of what kafkajs hands over with a batch that this file stands on, so that a test can script it. */
export interface Fetched {
  readonly batch: Pick<Batch, 'topic' | 'partition' | 'highWatermark' | 'lastOffset'> & {
    readonly messages: readonly { readonly offset: string }[];
  };
  /** Has the next fetch of the partition start behind this offset. */
  resolveOffset(offset: string): void;
}

/** Handles a batch. Calls `reach` with the offset of each record behind which it would be taken up again, decimal text. */
export type HandleBatch = (reach: (offset: string) => void) => Promise<void>;

export interface ReadAhead {
  /**
   * Handles a batch after the one before it of its partition. Resolves when more may be fetched: at once where the
   * partition has more records, behind the last one where it has not. A batch that is left before its last record, by a
   * return or an error, is fetched again behind the last one it reached; its error is then thrown here.
   *
   * @param isOurs false once the group may have given the partition to another.
   */
  handle(fetched: Fetched, isOurs: () => boolean, handleBatch: HandleBatch): Promise<void>;
  /** Resolves when nothing is handled. */
  drain(): Promise<void>;
}

/** A batch that is handled. */
interface Begun {
  readonly isOurs: () => boolean;
  /** Offset of its last record. */
  readonly last: string;
  /** Resolves when it is handled: with the offset of the last record that is done with, and the error where there was one. */
  readonly ended: Promise<{ readonly reached: string; readonly error?: unknown }>;
}

/**
 * Has a partition read on while a batch of it is handled. kafkajs by itself fetches again when all that the last fetch
 * brought is handled, and until that has come nobody has anything to do.
 *
 * One batch of a partition is read ahead at most, and none behind its last record: a fetch waits there for more, and on
 * kafkajs' one connection to a broker a commit would wait behind it.
 *
 * @param concurrency batches handled at the same time.
 */
export function createReadAhead(concurrency: number): ReadAhead {
  /** By partition, where more was fetched before the batch was handled. */
  const ahead = new Map<string, Begun>();
  const inHand = new Set<Promise<unknown>>();

  function begin(
    { batch: { messages }, resolveOffset }: Fetched,
    isOurs: () => boolean,
    handleBatch: HandleBatch,
    readsOn: boolean,
  ): Begun {
    const last = messages.at(-1)?.offset ?? '-1';
    let reached = String(BigInt(messages[0]?.offset ?? '0') - 1n);
    if (readsOn) resolveOffset(last);
    const reach = (offset: string): void => {
      reached = offset;
      if (!readsOn && isOurs()) resolveOffset(offset);
    };
    const ended = handleBatch(reach).then(
      () => ({ reached }),
      (error: unknown) => ({ reached, error }),
    );
    inHand.add(ended);
    void ended.then(() => inHand.delete(ended));
    return { isOurs, last, ended };
  }

  return {
    async handle(fetched, isOurs, handleBatch) {
      const { batch, resolveOffset } = fetched;
      const key = `${batch.topic}/${batch.partition}`;
      const before = ahead.get(key);
      if (before !== undefined) {
        const { reached, error } = await before.ended;
        ahead.delete(key);
        if (before.isOurs() && reached !== before.last) {
          resolveOffset(reached);
          if (error !== undefined) throw error;
          return;
        }
      }
      while (inHand.size >= concurrency) await Promise.race(inHand);
      if (!isOurs()) return;
      const readsOn = BigInt(batch.highWatermark) > BigInt(batch.lastOffset()) + 1n;
      const begun = begin(fetched, isOurs, handleBatch, readsOn);
      if (readsOn) {
        ahead.set(key, begun);
        return;
      }
      const { error } = await begun.ended;
      if (error !== undefined) throw error;
    },

    async drain() {
      await Promise.all(inHand);
    },
  };
}
