import { observeTraced } from '../../metrics/observe-traced.ts';
import type { Metrics } from '../../metrics.ts';
import type { Accumulator, OwnedPartition, ReadRecord } from '../../runtime/sink.ts';
import { ArchivedOffsets } from './archived-offsets.ts';
import type { BufferBudget } from './buffer-budget.ts';
import { claimNote, isUpToDate, openingNote, parseClaim, parseOpening, positionNote } from './claim.ts';
import { dayOf, objectKey } from './object-name.ts';
import { type ObjectState, type OpenObject, openObject, withRecord } from './object-state.ts';
import type { ObjectStore } from './object-store.ts';
import { StoreUnavailable } from './store-error.ts';

export interface ArchiveSettings {
  /** First part of every key. */
  readonly prefix: string;
  /** Compressed size at which an object is complete, in bytes. */
  readonly objectBytes: number;
  /** Age at which an object is complete, from the first reading of its first record, by any owner of it, in milliseconds. */
  readonly objectAgeMs: number;
}

export interface ArchiveParts {
  readonly settings: ArchiveSettings;
  readonly store: ObjectStore;
  readonly budget: BufferBudget;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/**
 * Collects the records of one partition into objects, so that the archive holds each record exactly once.
 *
 * An object is written in three steps: its bounds are claimed (`claim.ts`), it is put whole, the offset after it is
 * committed. A crash between two steps leaves a claim, and the next owner of the partition writes that same object. Where
 * the offsets of the group were lost or set back, the records that are archived already are found and passed over
 * (`archived-offsets.ts`).
 */
export function archivePartition(partition: OwnedPartition, parts: ArchiveParts): Accumulator {
  const { settings, store, budget, metrics, now } = parts;
  let claim = parseClaim(partition.note);
  /** The opening of the object that an earlier owner left open. */
  let openedBefore = parseOpening(partition.note);
  /** The object whose opening is noted, by its first offset. */
  let noted: bigint | undefined;
  let archived: ArchivedOffsets | undefined;
  let object: ObjectState | undefined;
  /** The next offset to take. */
  let next = 0n;
  /** True when records were passed over whose offsets are yet to be committed. */
  let passed = false;

  const hasPassed = (): boolean => archived?.isPassed !== false;

  function isFull({ writer, name }: OpenObject): boolean {
    if (claim !== undefined) return name.last >= claim.last;
    return writer.bytes >= settings.objectBytes || budget.isDue(partition);
  }

  /** Asked between batches only: an object that an earlier owner opened long ago gets more than one record. */
  const isOld = ({ openedAt }: OpenObject): boolean => claim === undefined && now() - openedAt >= settings.objectAgeMs;

  /** The age of an object whose opening an earlier owner has noted continues; a clock that was ahead must not delay it. */
  function open(record: ReadRecord): OpenObject {
    const openedAt = Math.min(openedBefore ?? now(), now());
    openedBefore = undefined;
    return openObject(partition, record, openedAt);
  }

  async function noteOpening({ name, openedAt }: OpenObject): Promise<void> {
    // The note of a claim stays until its object is written.
    if (claim !== undefined || noted === name.first) return;
    await partition.commit(name.first, openingNote(openedAt, hasPassed()));
    noted = name.first;
  }

  async function completeIfDue(): Promise<void> {
    if (object !== undefined && (object.kind !== 'open' || isFull(object) || isOld(object))) await complete(object);
  }

  /** Takes an object through the steps that are left. A step that throws is repeated by the next call, safely. */
  async function complete(state: ObjectState): Promise<void> {
    if (state.kind === 'open') {
      object = { ...state, kind: 'claimed' };
      await complete(object);
    } else if (state.kind === 'claimed') {
      await partition.commit(state.name.first, claimNote(state.name, hasPassed()));
      const body = await state.writer.finish();
      await put(objectKey(settings.prefix, state.name), body);
      object = { ...state, kind: 'written', bytes: body.length };
      await complete(object);
    } else {
      await partition.commit(state.name.last + 1n, positionNote(hasPassed()));
      object = undefined;
      claim = undefined;
      passed = false;
      budget.hold(partition, 0);
      metrics.archiveObjects.inc();
      metrics.archiveBytes.inc(state.bytes);
      metrics.stageRecords.inc({ stage: 'archive', result: 'stored' }, state.records);
      observeTraced(metrics.stageLatency, { stage: 'archive' }, Math.max(0, now() - state.firstTimestamp) / 1_000);
    }
  }

  async function put(key: string, body: Buffer): Promise<void> {
    // Without an id in its key, an object of a topic that was created again may have the key of an older one.
    if (partition.topicId === undefined && (await store.get(key))?.equals(body) === false) {
      throw new StoreUnavailable(
        `${key} holds other records: ${partition.topic} was deleted and created again on a broker without topic ids. ` +
          'Move the old objects, or set ARCHIVE_PREFIX to another prefix',
      );
    }
    await store.put(key, body);
  }

  async function add(record: ReadRecord): Promise<void> {
    const offset = BigInt(record.source.offset);
    if (await archived?.includes(record.source)) {
      if (object !== undefined) await complete(object);
      next = offset + 1n;
      passed = true;
      return;
    }
    // A claim of other offsets, as of a deleted topic whose position has no topic id, would leave the object without a bound.
    if (claim !== undefined && object === undefined && (offset < claim.first || offset > claim.last)) claim = undefined;
    const isOfLaterDay = object !== undefined && dayOf(record.source.timestamp) > object.name.day;
    if (object !== undefined && (object.kind !== 'open' || (isOfLaterDay && claim === undefined))) {
      await complete(object);
    }
    const extended = withRecord(openOf(object) ?? open(record), record);
    object = extended;
    next = offset + 1n;
    if (extended.writer.blockIsFull) await extended.writer.flush();
    budget.hold(partition, extended.writer.bytes);
    if (isFull(extended)) await complete(extended);
  }

  return {
    async take(records) {
      if (object !== undefined && object.kind !== 'open') await complete(object);
      const [first] = records;
      if (first === undefined) return;
      archived ??= await ArchivedOffsets.find(
        store,
        settings.prefix,
        partition,
        first.source,
        isUpToDate(partition.note),
      );
      for (const record of records) if (BigInt(record.source.offset) >= next) await add(record);
      await completeIfDue();
      metrics.archiveBuffered.set(budget.total);
      if (object === undefined && passed) {
        await partition.commit(next, positionNote(hasPassed()));
        passed = false;
      }
    },

    async skip(to) {
      if (object !== undefined) await complete(object);
      next = to;
      await partition.commit(next, positionNote(hasPassed()));
      passed = false;
    },

    async settle() {
      await completeIfDue();
      if (object?.kind === 'open') await noteOpening(object);
      metrics.archiveBuffered.set(budget.total);
    },

    abandon() {
      object = undefined;
      budget.hold(partition, 0);
    },
  };
}

const openOf = (object: ObjectState | undefined): OpenObject | undefined =>
  object?.kind === 'open' ? object : undefined;
