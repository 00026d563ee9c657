import type { Lag } from '../kafka/admin/lag.ts';
import type { ConsumerSettings } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { partitionKey, type StageStatus } from './status.ts';

export interface WatchParts {
  readonly fetchLag: (groupId: string, topics: readonly string[]) => Promise<Lag[]>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: StageStatus;
}

export interface Watch {
  /** Takes in where the group stands. To be called before it is joined, and every few seconds. */
  observe(): Promise<void>;
  /** To be called before a batch is handled. */
  before(batch: KafkaBatch): Promise<void>;
  /** To be called once it is. */
  after(batch: KafkaBatch): void;
}

/**
 * Keeps known where the group of a stage stands: its lag, and what retention deleted before the stage had read it.
 *
 * The latter has to be caught in passing. kafkajs, when it finds its position deleted, goes on at the first record there is
 * and commits "from the beginning", so the group itself no longer knows what it has missed: we have to have known before.
 */
export function createWatch(
  stage: string,
  { groupId, topics }: Pick<ConsumerSettings, 'groupId' | 'topics'>,
  { fetchLag, log, metrics, status }: WatchParts,
): Watch {
  /** The next offset to commit, as last seen, or the end of what was counted as lost. */
  const known = new Map<string, bigint>();

  const advance = (key: string, offset: bigint): void => {
    if (offset > (known.get(key) ?? -1n)) known.set(key, offset);
  };

  /** The next offset to read; undefined where nothing is known to have been read. */
  function nextOf(key: string): bigint | undefined {
    const committed = known.get(key);
    const taken = status.taken.get(key);
    return taken !== undefined && (committed === undefined || taken > committed) ? taken : committed;
  }

  function countLost({ topic, partition, committed, start }: Lag): void {
    const key = partitionKey(topic, partition);
    advance(key, BigInt(committed));
    const next = nextOf(key);
    // Where nothing was ever read, nothing was missed; partitions of others are counted by them.
    if (next === undefined || BigInt(start) <= next || !status.owns(key)) return;
    const lost = Number(BigInt(start) - next);
    known.set(key, BigInt(start));
    metrics.stageLost.inc({ stage, topic, partition }, lost);
    log.error({ stage, topic, partition, lost }, 'retention deleted records before they were read');
  }

  async function observe(): Promise<void> {
    const lags = await fetchLag(groupId, topics);
    status.observe(lags, Date.now());
    for (const lag of lags) {
      metrics.stageLag.set({ stage, topic: lag.topic, partition: lag.partition }, lag.lag);
      countLost(lag);
    }
  }

  return {
    observe,

    async before({ topic, partition, records }) {
      const next = nextOf(partitionKey(topic, partition));
      const first = records[0];
      // Offsets need not be dense, so this is only when to look.
      if (first !== undefined && next !== undefined && BigInt(first.offset) > next) await observe();
    },

    after({ topic, partition, records, isActive }) {
      const key = partitionKey(topic, partition);
      const last = records.at(-1);
      // What is taken in before it is committed is known to the status, for as long as the partition is ours.
      if (last !== undefined && isActive() && !status.taken.has(key)) advance(key, BigInt(last.offset) + 1n);
    },
  };
}
