import { setImmediate } from 'node:timers/promises';
import { readContainer } from '../avro/container.ts';
import { UsageError } from '../errors.ts';
import type { FetchedBatch, FetchedRecord } from '../record.ts';
import { ARCHIVED_RECORD, type ArchivedRecord, headersOf } from '../sinks/archive/archived-record.ts';
import type { ObjectStore } from '../sinks/archive/object-store.ts';
import type { Topic } from '../topics.ts';
import { type ArchiveObject, listArchiveObjects, partitionOfObject } from './archive-objects.ts';
import { ArchivePosition } from './archive-position.ts';
import type { Source } from './source.ts';
import type { Window } from './within-window.ts';

export interface ArchiveSourceSettings {
  /** First part of the keys. */
  readonly prefix: string;
  readonly topics: readonly Topic[];
  /** Objects without a record of this window are not read. */
  readonly window: Window;
  /** The name under which the position of the replay is kept. */
  readonly name: string;
  /** Partitions read at the same time; each holds one object in memory. */
  readonly concurrency: number;
}

const BATCH_RECORDS = 5_000;

/** An archive as the source of a replay; it needs no Kafka. */
export async function openArchiveSource(store: ObjectStore, settings: ArchiveSourceSettings): Promise<Source> {
  const { prefix, topics, window, name, concurrency } = settings;
  const partitions = await listArchiveObjects(store, prefix, topics, window);
  const position = await ArchivePosition.load(store, prefix, name);
  const objects = [...partitions.values()].flat();

  async function readObject(
    object: ArchiveObject,
    handle: (batch: FetchedBatch) => Promise<void>,
    signal: AbortSignal,
    onProgress: (records: number) => void,
  ): Promise<void> {
    const partition = partitionOfObject(object);
    const from = position.next(partition);
    if (object.last < from) return;
    const file = await store.get(object.key);
    if (file === undefined) throw new UsageError(`${object.key} was removed from the archive during the replay`);
    for await (const records of batchesOf(file, from)) {
      if (signal.aborted) return;
      await handle({
        topic: object.topic,
        partition: object.partition,
        records,
        highWatermark: String(object.last + 1n),
        heartbeat: async () => undefined,
        async commit(offset) {
          const next = BigInt(offset) + 1n;
          onProgress(Number(next - greatest(object.first, position.next(partition))));
          await position.advance(partition, next);
        },
        isActive: () => !signal.aborted,
      });
      // Without a turn of the event loop, blocks in memory would delay timers and signals.
      await setImmediate();
    }
  }

  return {
    total: objects.reduce((sum, { first, last }) => sum + Number(last - first + 1n), 0),
    already: objects.reduce((sum, object) => sum + countBefore(object, position.next(partitionOfObject(object))), 0),
    async read(handle, signal, onProgress) {
      const queue = [...partitions.values()];
      const reader = async (): Promise<void> => {
        for (let list = queue.shift(); list !== undefined; list = queue.shift()) {
          for (const object of list) {
            if (signal.aborted) return;
            await readObject(object, handle, signal, onProgress);
          }
        }
      };
      await Promise.all(Array.from({ length: concurrency }, reader));
      if (signal.aborted) await position.save();
    },
    forget: () => position.remove(),
    close: async () => store.close(),
  };
}

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

function fetchedRecord({ topic, partition, offset, timestamp, key, value, headers }: ArchivedRecord): FetchedRecord {
  return { topic, partition, offset: String(offset), timestamp, key, value, headers: headersOf(headers) };
}

/** Number of records of an object before the offset `next`. */
const countBefore = ({ first, last }: ArchiveObject, next: bigint): number =>
  next <= first ? 0 : Number((next > last ? last + 1n : next) - first);

const greatest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
