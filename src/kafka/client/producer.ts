import type { RecordMetadata } from 'kafkajs';
import type { Metrics } from '../../metrics.ts';
import { bytesOf, KafkaUnavailable, type OutgoingRecord, type RecordSender, RecordTooLarge } from '../../record.ts';
import { partitionOfKey } from './partitioner.ts';
import { slices } from './slices.ts';

/** A record and its partition, in the shape kafkajs expects. */
interface Placed extends Omit<OutgoingRecord, 'topic'> {
  readonly record: OutgoingRecord;
  readonly partition: number;
}

const placed = (record: OutgoingRecord, partition: number): Placed => {
  const { key, value, headers } = record;
  return headers === undefined ? { record, partition, key, value } : { record, partition, key, value, headers };
};

/** The part of a kafkajs producer that this file uses, so that a test can script its answers. */
export interface BatchTransport {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  sendBatch(batch: {
    acks: number;
    timeout: number;
    topicMessages: {
      topic: string;
      messages: (Omit<OutgoingRecord, 'topic'> & { readonly partition: number })[];
    }[];
  }): Promise<RecordMetadata[]>;
}

export interface ProducerSettings {
  /** The default deadline of `send`, in milliseconds. */
  readonly deadlineMs: number;
  /** The interval at which the number of partitions is refreshed, in milliseconds; added ones are used one interval after they were first seen. */
  readonly partitionsTtlMs?: number;
  /** The cause of a refusal by the brokers to write to these topics (names on the broker), as one error that names it. */
  readonly explainRefusal?: (error: Error, topics: readonly string[]) => Promise<Error>;
}

export interface Producer extends RecordSender {
  abandonedBytes(): number;
  close(): Promise<void>;
}

/** A send that is under way. */
interface Sending {
  readonly deadline: number;
  /** Why its last attempt failed. */
  lastError?: Error;
}

const ALL_IN_SYNC_REPLICAS = -1;
export const PARTITIONS_TTL_MS = 30_000;
const RETRY_PAUSE_MS = 100;

/**
 * A producer that resolves a send only when every record is acknowledged.
 *
 * kafkajs can resolve a send that spans two leaders during a leader change without ever writing one of the partitions: its
 * retry skips a broker that has answered already. So the partition of each record is chosen here, the answer must cover
 * every (topic, partition) sent, and missing partitions are sent again until the deadline. The producer is not idempotent
 * in Kafka's sense: after a lost response kafkajs reuses a sequence number, and the broker drops the next record as a
 * duplicate.
 *
 * @param countPartitions fetches the number of partitions of a topic from the cluster.
 */
export async function createProducer(
  transport: BatchTransport,
  countPartitions: (topic: string) => Promise<number>,
  settings: ProducerSettings,
  metrics: Metrics,
): Promise<Producer> {
  const { partitionsTtlMs = PARTITIONS_TTL_MS } = settings;
  /** For each topic: the partitions in use, the partitions last seen, and the time until which neither is refreshed. */
  const known = new Map<string, { readonly used: number; readonly seen: number; readonly until: number }>();
  /** The counter that spreads records without a key. */
  let turn = 0;
  let abandonedBytes = 0;
  await transport.connect();

  async function askPartitions(topic: string): Promise<number> {
    const seen = await countPartitions(topic);
    const used = known.get(topic)?.used ?? seen;
    known.set(topic, { used, seen, until: Date.now() + partitionsTtlMs });
    return used;
  }

  /**
   * A known number is used at once: a send does not wait for its refresh. Added partitions are used one TTL after they were
   * first seen, when kafkajs has refreshed its own metadata: it drops records for partitions that are not in there.
   */
  function partitionsOf(topic: string): number | Promise<number> {
    const held = known.get(topic);
    if (held === undefined) return askPartitions(topic);
    if (held.until >= Date.now()) return held.used;
    known.set(topic, { used: held.seen, seen: held.seen, until: Date.now() + partitionsTtlMs });
    // When Kafka does not answer, the known number stays in use, and the sends themselves report the failure.
    askPartitions(topic).catch(() => undefined);
    return held.seen;
  }

  async function place(records: readonly OutgoingRecord[]): Promise<Placed[]> {
    const counts = new Map<string, number>();
    for (const { topic } of records) if (!counts.has(topic)) counts.set(topic, await partitionsOf(topic));
    return records.map((record) => {
      if (record.partition !== undefined) return placed(record, record.partition);
      const count = counts.get(record.topic) ?? 1;
      if (record.key !== null) return placed(record, partitionOfKey(record.key, count));
      turn += 1;
      return placed(record, turn % count);
    });
  }

  /** Sends once; returns the records that the answer does not cover. */
  async function attempt(all: readonly Placed[], timeout: number): Promise<Placed[]> {
    const byTopic = Map.groupBy(all, ({ record }) => record.topic);
    const topicMessages = [...byTopic].map(([topic, messages]) => ({ topic, messages }));
    const missing = new Map(
      topicMessages.flatMap(({ topic, messages }) =>
        groupForKafkajs(messages).map(([partition, group]) => [`${topic}/${partition}`, group] as const),
      ),
    );
    const answer = await transport.sendBatch({ acks: ALL_IN_SYNC_REPLICAS, timeout, topicMessages });
    for (const { topicName, partition, errorCode } of answer) {
      if (errorCode === 0) missing.delete(`${topicName}/${partition}`);
    }
    return [...missing.values()].flat();
  }

  /** Sends until every record is acknowledged; resolves with the records that are too large. */
  async function sendAll(records: readonly OutgoingRecord[], sending: Sending): Promise<OutgoingRecord[]> {
    const { deadline } = sending;
    let left: Placed[] | undefined;
    for (;;) {
      try {
        left ??= await place(records);
        left = await attempt(left, Math.max(1, deadline - Date.now()));
        if (left.length === 0) return [];
        metrics.producerIncomplete.inc();
      } catch (error) {
        if (isTooLarge(error)) return sendHalves(records, sending);
        if (isRefused(error)) throw await refusal(error as Error, records);
        sending.lastError = error as Error;
        if (Date.now() + RETRY_PAUSE_MS >= deadline) throw unavailable((error as Error).message, error);
      }
      if (Date.now() + RETRY_PAUSE_MS >= deadline) throw unavailable(`${left?.length} records are not acknowledged`);
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS));
    }
  }

  /** No attempt before the deadline would succeed: an operator has to grant the right. */
  async function refusal(error: Error, records: readonly OutgoingRecord[]): Promise<KafkaUnavailable> {
    const topics = [...new Set(records.map(({ topic }) => topic))];
    const { message } = (await settings.explainRefusal?.(error, topics)) ?? error;
    return new KafkaUnavailable(message, { cause: error });
  }

  /** The broker refuses the whole batch; halving it finds the records that are too large, and the others are written. */
  async function sendHalves(records: readonly OutgoingRecord[], sending: Sending): Promise<OutgoingRecord[]> {
    if (records.length === 1) return [...records];
    const middle = records.length >> 1;
    const halves = [sendAll(records.slice(0, middle), sending), sendAll(records.slice(middle), sending)];
    return (await Promise.all(halves)).flat();
  }

  /** kafkajs holds the records of a send that was given up until its own request has ended, which takes far longer. */
  function abandon(records: readonly OutgoingRecord[], sent: Promise<unknown>): void {
    const bytes = bytesOf(records);
    abandonedBytes += bytes;
    const release = (): void => {
      abandonedBytes -= bytes;
    };
    sent.then(release, release);
  }

  return {
    async send(records, deadlineMs = settings.deadlineMs) {
      if (records.length === 0) return;
      const stopTimer = metrics.producerSends.startTimer();
      const sending: Sending = { deadline: Date.now() + deadlineMs };
      const sent = Promise.all(slices(records).map((slice) => sendAll(slice, sending)));
      let isSettled = false;
      const noteSettled = (): void => {
        isSettled = true;
      };
      sent.then(noteSettled, noteSettled);
      try {
        const [first, ...others] = (await Promise.race([sent, rejectAfter(deadlineMs, sent, sending)])).flat();
        if (first !== undefined) throw new RecordTooLarge([first, ...others]);
        metrics.producerRecords.inc({ result: 'acknowledged' }, records.length);
      } catch (error) {
        const failed = error instanceof RecordTooLarge ? error.records.length : records.length;
        metrics.producerRecords.inc({ result: 'failed' }, failed);
        metrics.producerRecords.inc({ result: 'acknowledged' }, records.length - failed);
        if (!isSettled) abandon(records, sent);
        throw error;
      } finally {
        stopTimer();
      }
    },
    abandonedBytes: () => abandonedBytes,
    close: () => transport.disconnect(),
  };
}

/**
 * Groups messages by partition for kafkajs. Its own `reduce` copies all earlier messages at each message: half a million
 * copies for a thousand messages of one partition.
 */
function groupForKafkajs(messages: readonly Placed[]): [partition: string, messages: Placed[]][] {
  const groups: Record<string, Placed[]> = {};
  for (const message of messages) {
    const group = groups[message.partition];
    if (group === undefined) groups[message.partition] = [message];
    else group.push(message);
  }
  Object.assign(messages, { reduce: () => groups });
  return Object.entries(groups);
}

const unavailable = (why: string, cause?: unknown): KafkaUnavailable =>
  new KafkaUnavailable(`Kafka did not acknowledge in time: ${why}`, { cause });

const isTooLarge = (error: unknown): boolean =>
  ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes((error as { type?: string }).type ?? '');

const isRefused = (error: unknown): boolean => (error as { type?: string }).type === 'TOPIC_AUTHORIZATION_FAILED';

/** Rejects after `ms` with the last error of the send, unless `other` settles before; it then clears its timer. */
function rejectAfter(ms: number, other: Promise<unknown>, sending: Sending): Promise<never> {
  return new Promise((_, reject) => {
    const timer = setTimeout(() => {
      const { lastError } = sending;
      reject(unavailable(lastError?.message ?? `no answer within ${ms} ms`, lastError));
    }, ms);
    const clear = () => clearTimeout(timer);
    other.then(clear, clear);
  });
}
