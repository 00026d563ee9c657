import { hash } from 'node:crypto';
import { ContainerWriter } from '../../avro/container.ts';
import type { Metrics } from '../../metrics.ts';
import type { Accumulator, OwnedPartition, ReadRecord } from '../../runtime/sink.ts';
import { ARCHIVE_SCHEMA, ARCHIVED_RECORD, archivedRecord } from './archived-record.ts';
import type { Budget } from './buffer-budget.ts';
import { type Claim, claimNote, parseClaim } from './claim.ts';
import { dayFolder, dayOf, objectKey, parseKey, topicFolder } from './object-name.ts';
import type { ObjectStore } from './object-store.ts';

export interface ArchiveSettings {
  /** First part of every key. */
  readonly prefix: string;
  /** Compressed size at which an object is complete, in bytes. */
  readonly objectBytes: number;
  /** How long after its first record was read an object is complete, in milliseconds. */
  readonly objectAgeMs: number;
}

export interface ArchiveParts {
  readonly settings: ArchiveSettings;
  readonly store: ObjectStore;
  readonly budget: Budget;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** An object in the making. */
interface OpenObject {
  readonly writer: ContainerWriter;
  readonly first: bigint;
  readonly day: string;
  readonly firstTimestamp: number;
  readonly openedAt: number;
  last: bigint;
  records: number;
  /** Its bounds are decided; nothing is added any more. */
  closed: boolean;
  /** Its bounds are noted with the group's offset. */
  claimed: boolean;
}

const DAY_MS = 86_400_000;

/**
 * Gathers the records of one partition into objects, so that the archive holds each offset once whatever happens.
 *
 * An object is written in three steps: its bounds are claimed ({@link Claim}), it is put whole, the offset behind it is
 * committed. A crash between them leaves a claim, and whoever has the partition next writes that same object. Where the
 * group's offsets themselves were lost or set back, what the archive has already is found by its name and passed over.
 */
export function gatherPartition(partition: OwnedPartition, parts: ArchiveParts): Accumulator {
  const { settings, store, budget, metrics, now } = parts;
  const { topic } = partition;
  let claim = parseClaim(partition.note);
  let archived: Claim[] | undefined;
  let object: OpenObject | undefined;
  let next = 0n;
  let passed = false;

  /** What the archive holds from `offset` on. An object holds no record of a later day than its own. */
  async function findArchived(offset: bigint, timestamp: number): Promise<Claim[]> {
    const from = dayFolder(settings.prefix, topic, dayOf(timestamp - DAY_MS));
    const found: Claim[] = [];
    for await (const key of store.list(topicFolder(settings.prefix, topic), from)) {
      const name = parseKey(key);
      if (name?.partition === partition.partition && name.last >= offset) found.push(name);
    }
    return found.sort((a, b) => (a.first < b.first ? -1 : 1));
  }

  function isArchived(offset: bigint): boolean {
    while (archived?.[0] !== undefined && archived[0].last < offset) archived.shift();
    return archived?.[0] !== undefined && archived[0].first <= offset;
  }

  function begin({ source }: ReadRecord, offset: bigint): OpenObject {
    if (claim !== undefined && offset > claim.last) claim = undefined;
    const sync = hash('sha256', `${topic}/${partition.partition}/${offset}`, 'buffer').subarray(0, 16);
    return {
      ...{
        writer: new ContainerWriter(ARCHIVED_RECORD, ARCHIVE_SCHEMA, sync),
        first: offset,
        last: offset,
        records: 0,
      },
      ...{ day: dayOf(source.timestamp), firstTimestamp: source.timestamp, openedAt: now() },
      ...{ closed: false, claimed: false },
    };
  }

  function isComplete({ writer, last, openedAt }: OpenObject): boolean {
    if (claim !== undefined) return last >= claim.last;
    return writer.bytes >= settings.objectBytes || budget.isSpent || now() - openedAt >= settings.objectAgeMs;
  }

  /** Brings an object whose bounds are decided to rest. Each step may be done again. */
  async function complete(done: OpenObject): Promise<void> {
    const { first, last, day, writer, records, firstTimestamp } = done;
    done.closed = true;
    if (!done.claimed) await partition.commit(first, claimNote({ first, last }));
    done.claimed = true;
    const body = await writer.finish();
    await store.put(objectKey(settings.prefix, { topic, day, partition: partition.partition, first, last }), body);
    await partition.commit(last + 1n, '');
    object = undefined;
    claim = undefined;
    passed = false;
    budget.hold(partition, 0);
    metrics.archiveObjects.inc();
    metrics.archiveBytes.inc(body.length);
    metrics.stageRecords.inc({ stage: 'archive', result: 'stored' }, records);
    metrics.stageLatency.observe({ stage: 'archive' }, Math.max(0, now() - firstTimestamp) / 1_000);
  }

  async function add(record: ReadRecord, offset: bigint): Promise<void> {
    if (isArchived(offset)) {
      if (object !== undefined) await complete(object);
      next = offset + 1n;
      passed = true;
      return;
    }
    if (object !== undefined && claim === undefined && dayOf(record.source.timestamp) > object.day) {
      await complete(object);
    }
    object ??= begin(record, offset);
    object.writer.append(archivedRecord(record));
    object.last = offset;
    object.records += 1;
    next = offset + 1n;
    if (object.writer.blockIsFull) await object.writer.flush();
    budget.hold(partition, object.writer.bytes);
    if (isComplete(object)) await complete(object);
  }

  return {
    async take(records) {
      if (object?.closed) await complete(object);
      const [first] = records;
      if (first === undefined) return;
      archived ??= await findArchived(BigInt(first.source.offset), first.source.timestamp);
      for (const record of records) {
        const offset = BigInt(record.source.offset);
        if (offset >= next) await add(record, offset);
      }
      metrics.archiveBuffered.set(budget.total);
      if (object === undefined && passed) {
        await partition.commit(next, '');
        passed = false;
      }
    },

    async settle() {
      if (object !== undefined && (object.closed || isComplete(object))) await complete(object);
      metrics.archiveBuffered.set(budget.total);
    },

    abandon() {
      object = undefined;
      budget.hold(partition, 0);
    },
  };
}
