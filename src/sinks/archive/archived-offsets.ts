import { readContainer } from '../../avro/container.ts';
import type { FetchedRecord } from '../../record.ts';
import { ARCHIVED_RECORD, type ArchivedRecord } from './archived-record.ts';
import { dayFolder, dayOf, type ObjectName, parseKey, topicFolder } from './object-name.ts';
import type { ObjectStore } from './object-store.ts';

const DAY_MS = 86_400_000;

/** One partition of one topic. */
export interface PartitionName {
  /** Name on the broker, prefix included. */
  readonly topic: string;
  /** Undefined on a broker without topic ids. */
  readonly topicId: string | undefined;
  readonly partition: number;
}

type Found = ObjectName & { readonly key: string };

/**
 * The records of a partition that the archive holds although the group has not committed them: its offsets were lost or set
 * back. An object of the same topic id holds the same records. Where either has no id, the topic may have been deleted and
 * created again in between, so the first record that the object covers is compared with the one it holds.
 */
export class ArchivedOffsets {
  /** In the order of their offsets; those before the record asked for last are dropped. */
  readonly #objects: Found[];
  readonly #topicId: string | undefined;
  readonly #store: ObjectStore;
  readonly #sameTopic = new Set<Found>();

  private constructor(store: ObjectStore, topicId: string | undefined, objects: Found[]) {
    this.#store = store;
    this.#topicId = topicId;
    this.#objects = objects;
  }

  /**
   * Lists the objects that hold offsets from that of `record` on.
   *
   * @param isUpToDate true where nothing after the position is known to be archived: then only objects from the day before
   *   the record on are listed, because the position itself may be that of a moment ago. Otherwise all of the topic are.
   */
  static async find(
    store: ObjectStore,
    prefix: string,
    { topic, topicId, partition }: PartitionName,
    record: FetchedRecord,
    isUpToDate: boolean,
  ): Promise<ArchivedOffsets> {
    const offset = BigInt(record.offset);
    const after = isUpToDate ? dayFolder(prefix, topic, dayOf(record.timestamp - DAY_MS)) : undefined;
    const found: Found[] = [];
    for await (const key of store.list(topicFolder(prefix, topic), after)) {
      const name = parseKey(key);
      if (name === undefined || name.partition !== partition || name.last < offset) continue;
      const isOfAnother = name.topicId !== undefined && topicId !== undefined && name.topicId !== topicId;
      if (!isOfAnother) found.push({ ...name, key });
    }
    return new ArchivedOffsets(
      store,
      topicId,
      found.sort((a, b) => (a.first < b.first ? -1 : 1)),
    );
  }

  /** True when no record after the last one asked for is archived. */
  get isPassed(): boolean {
    return this.#objects.length === 0;
  }

  /** Whether the archive holds the record. Must be called in the order of offsets. */
  async includes(record: FetchedRecord): Promise<boolean> {
    if (this.#objects.length === 0) return false;
    const offset = BigInt(record.offset);
    // Looks at the first object only, however many follow: after a loss of offsets every record passes through here.
    for (let [object] = this.#objects; object !== undefined && object.first <= offset; [object] = this.#objects) {
      if (object.last >= offset && (await this.#holds(object, record))) return true;
      this.#objects.shift();
    }
    return false;
  }

  async #holds(object: Found, record: FetchedRecord): Promise<boolean> {
    if (object.topicId !== undefined && object.topicId === this.#topicId) return true;
    if (this.#sameTopic.has(object)) return true;
    const file = await this.#store.get(object.key);
    if (file === undefined) return false;
    for await (const rows of readContainer<ArchivedRecord>(file, ARCHIVED_RECORD)) {
      const row = rows.find(({ offset }) => String(offset) === record.offset);
      if (row === undefined) continue;
      if (!isSame(row, record)) return false;
      this.#sameTopic.add(object);
      return true;
    }
    return false;
  }
}

const isSame = (row: ArchivedRecord, { timestamp, key, value }: FetchedRecord): boolean =>
  row.timestamp === timestamp && areEqual(row.key, key) && areEqual(row.value, value);

const areEqual = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
