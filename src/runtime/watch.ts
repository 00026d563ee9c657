import type { Lag } from '../kafka/admin/lag.ts';
import type { ConsumerSettings } from '../kafka/client/consumer.ts';
import type { KafkaBatch } from '../kafka/client/kafka-batch.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { partitionKey } from '../record.ts';
import type { ConsumerStatus } from './consumer-status.ts';

export interface WatchParts {
  readonly fetchLag: (groupId: string, topics: readonly string[]) => Promise<Lag[]>;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly status: ConsumerStatus;
}

export interface Watch {
  /** Records the group's lag. Must be called before the group is joined, and every few seconds. */
  observe(): Promise<void>;
  /** Must be called before a batch is handled. */
  before(batch: KafkaBatch): Promise<void>;
  /** Must be called after a batch was handled. */
  after(batch: KafkaBatch): void;
}

/**
 * Keeps track of the lag and the progress of a consumer group, and counts records that retention deleted before the group had read them.
 *
 * Deleted records must be noticed as they are passed over: when kafkajs finds its position deleted, it continues at the
 * first existing record and commits from there, so the group keeps no trace of the gap. Only the position noted before
 * that reveals it.
 */
export function createWatch(
  stage: string,
  { groupId, topics }: Pick<ConsumerSettings, 'groupId' | 'topics'>,
  { fetchLag, log, metrics, status }: WatchParts,
): Watch {
  /** The next offset to commit as last seen, or the end of the records that were counted as lost. */
  const known = new Map<string, bigint>();

  const advance = (key: string, offset: bigint): void => {
    if (offset > (known.get(key) ?? -1n)) known.set(key, offset);
  };

  /** The next offset to read; undefined when no read record is known. */
  function nextOf(key: string): bigint | undefined {
    const committed = known.get(key);
    const taken = status.taken.get(key);
    return taken !== undefined && (committed === undefined || taken > committed) ? taken : committed;
  }

  function countLost({ topic, partition, committed, start }: Lag): void {
    const key = partitionKey(topic, partition);
    advance(key, BigInt(committed));
    const next = nextOf(key);
    // A partition that was never read has missed nothing; partitions of other members are counted by those.
    if (next === undefined || BigInt(start) <= next || !status.owns(key)) return;
    const lost = Number(BigInt(start) - next);
    known.set(key, BigInt(start));
    metrics.stageLost.inc({ stage, topic, partition }, lost);
    log.error({ stage, topic, partition, lost }, 'retention deleted records before they were read');
  }

  /** Reports a partition of this process; those of other members are reported by them, and would be counted twice. */
  function report({ topic, partition, lag }: Lag, nowMs: number): void {
    const series = { stage, topic, partition };
    const key = partitionKey(topic, partition);
    if (!status.owns(key)) {
      metrics.stageLag.remove(series);
      metrics.stageProgress.remove(series);
      return;
    }
    metrics.stageLag.set(series, lag);
    metrics.stageProgress.set(series, (status.stillSince(key) ?? nowMs) / 1_000);
    metrics.stageLost.inc(series, 0);
    metrics.stageRewinds.inc(series, 0);
  }

  async function observe(): Promise<void> {
    const lags = await fetchLag(groupId, topics);
    const nowMs = Date.now();
    status.observe(lags, nowMs);
    for (const lag of lags) {
      report(lag, nowMs);
      countLost(lag);
    }
  }

  return {
    observe,

    async before({ topic, partition, records }) {
      const next = nextOf(partitionKey(topic, partition));
      const first = records[0];
      // Offsets need not be dense, so a gap is only a reason to check.
      if (first !== undefined && next !== undefined && BigInt(first.offset) > next) await observe();
    },

    after({ topic, partition, records, isActive }) {
      const key = partitionKey(topic, partition);
      const last = records.at(-1);
      // The status has the position of records taken before they are committed, while this process owns the partition.
      if (last !== undefined && isActive() && !status.taken.has(key)) advance(key, BigInt(last.offset) + 1n);
    },
  };
}
