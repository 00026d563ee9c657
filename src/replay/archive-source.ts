import { setImmediate } from 'node:timers/promises';
import { readContainer } from '../avro/container.ts';
import { UsageError } from '../errors.ts';
import type { FetchedBatch, FetchedRecord } from '../record.ts';
import { partitionKey } from '../runtime/consumer-status.ts';
import { ARCHIVED_RECORD, type ArchivedRecord, headersOf } from '../sinks/archive/archived-record.ts';
import { dayOf, type ObjectName, parseKey } from '../sinks/archive/object-name.ts';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import type { Topic } from '../topics.ts';
import { topicOf } from './selection.ts';
import type { Source } from './source.ts';

export interface ArchiveSourceSettings {
  /** First part of the keys. */
  readonly prefix: string;
  readonly topics: readonly Topic[];
  readonly since: number | undefined;
  readonly until: number | undefined;
  /** Under which the replay remembers how far it came. */
  readonly name: string;
  /** Partitions read at the same time; each holds one object in memory. */
  readonly concurrency: number;
}

interface ArchiveObject extends ObjectName {
  readonly key: string;
}

const BATCH_RECORDS = 5_000;
const SAVE_INTERVAL_MS = 2_000;

/**
 * An archive as a source; it needs no Kafka. How far a replay came is an object beside the archive,
 * `<prefix>/_replays/<name>.json`: the next offset of each partition.
 */
export async function openArchiveSource(store: ObjectStore, settings: ArchiveSourceSettings): Promise<Source> {
  const { prefix, name, since, until } = settings;
  const stateKey = `${prefix}/_replays/${name}.json`;
  const partitions = await listPartitions(store, settings);
  const saved = await store.get(stateKey);
  const next = new Map(
    Object.entries(saved === undefined ? {} : (JSON.parse(saved.toString()) as Record<string, string>)).map(
      ([key, offset]) => [key, BigInt(offset)],
    ),
  );
  let savedAt = Date.now();

  const all = [...partitions.values()].flat();
  const already = all.reduce((sum, object) => sum + passed(object, next.get(keyOf(object)) ?? 0n), 0);

  async function save(): Promise<void> {
    savedAt = Date.now();
    const state = Object.fromEntries([...next].map(([key, offset]) => [key, String(offset)]));
    await store.put(stateKey, Buffer.from(JSON.stringify(state)));
  }

  async function readPartition(
    objects: readonly ArchiveObject[],
    handle: (batch: FetchedBatch) => Promise<void>,
    signal: AbortSignal,
    onProgress: (records: number) => void,
  ): Promise<void> {
    for (const object of objects) {
      const key = keyOf(object);
      const from = next.get(key) ?? 0n;
      if (object.last < from) continue;
      const file = await store.get(object.key);
      if (file === undefined) throw new UsageError(`${object.key} was removed while it was to be read`);
      for await (const records of batchesOf(file, from)) {
        if (signal.aborted) return;
        await handle({
          ...{ topic: object.topic, partition: object.partition, records, highWatermark: String(object.last + 1n) },
          heartbeat: async () => undefined,
          async commit(offset) {
            onProgress(Number(BigInt(offset) + 1n - greatest(object.first, next.get(key) ?? 0n)));
            next.set(key, BigInt(offset) + 1n);
            if (Date.now() - savedAt >= SAVE_INTERVAL_MS) await save();
          },
          isActive: () => !signal.aborted,
        });
        // Blocks that are in memory already would keep timers and signals from their turn.
        await setImmediate();
      }
      if (signal.aborted) return;
    }
  }

  return {
    total: all.reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0),
    already,
    async read(handle, signal, onProgress) {
      const queue = [...partitions.values()];
      const reader = async (): Promise<void> => {
        for (let objects = queue.shift(); objects !== undefined && !signal.aborted; objects = queue.shift()) {
          await readPartition(objects, handle, signal, onProgress);
        }
      };
      await Promise.all(Array.from({ length: settings.concurrency }, reader));
      if (signal.aborted) await save();
    },
    forget: () => store.remove(stateKey),
    close: async () => store.close(),
  };

  /** The records of a file from an offset on, in batches. */
  async function* batchesOf(file: Buffer, from: bigint): AsyncGenerator<FetchedRecord[]> {
    let batch: FetchedRecord[] = [];
    for await (const rows of readContainer<ArchivedRecord>(file, ARCHIVED_RECORD)) {
      for (const row of rows) if (BigInt(row.offset) >= from) batch.push(fetchedRecord(row));
      if (batch.length < BATCH_RECORDS) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  /** The objects of each partition, in the order of offsets, that may hold records between the bounds. */
  async function listPartitions(
    bucket: ObjectStore,
    { topics }: ArchiveSourceSettings,
  ): Promise<Map<string, ArchiveObject[]>> {
    const found = new Map<string, ArchiveObject[]>();
    for await (const key of bucket.list(`${prefix}/`)) {
      const object = parseKey(key);
      const topic = object && topicOf(object.topic);
      if (object === undefined || topic === undefined || !topics.includes(topic)) continue;
      // An object holds no record of a later day than its own, and its first record is of that day.
      if (since !== undefined && object.day < dayOf(since)) continue;
      if (until !== undefined && object.day > dayOf(until)) continue;
      const list = found.get(keyOf(object)) ?? [];
      list.push({ ...object, key });
      found.set(keyOf(object), list);
    }
    if (found.size === 0) throw new UsageError(`no archived object of ${topics.join(', ')} below ${prefix}/`);
    for (const list of found.values()) list.sort((a, b) => (a.first < b.first ? -1 : 1));
    return found;
  }
}

const keyOf = ({ topic, partition }: ObjectName): string => partitionKey(topic, partition);

const greatest = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** How many records of an object lie before the offset `next`. */
const passed = ({ first, last }: ObjectName, next: bigint): number =>
  next <= first ? 0 : Number((next > last ? last + 1n : next) - first);

const fetchedRecord = ({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value,
  headers,
}: ArchivedRecord): FetchedRecord => ({
  ...{ topic, partition, offset: String(offset), timestamp, key, value, headers: headersOf(headers) },
});
