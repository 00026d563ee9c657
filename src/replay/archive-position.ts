import type { ObjectStore } from '../sinks/archive/object-store.ts';

const SAVE_INTERVAL_MS = 2_000;

/**
 * The position of a replay from an archive: the next offset of each partition. It is kept beside the archive in the object
 * `<prefix>/_replays/<name>.json`.
 */
export class ArchivePosition {
  readonly #store: ObjectStore;
  readonly #key: string;
  readonly #next: Map<string, bigint>;
  #savedAt = Date.now();

  private constructor(store: ObjectStore, key: string, next: Map<string, bigint>) {
    this.#store = store;
    this.#key = key;
    this.#next = next;
  }

  static async load(store: ObjectStore, prefix: string, name: string): Promise<ArchivePosition> {
    const key = `${prefix}/_replays/${name}.json`;
    const saved = await store.get(key);
    const offsets = saved === undefined ? {} : (JSON.parse(saved.toString()) as Record<string, string>);
    return new ArchivePosition(
      store,
      key,
      new Map(Object.entries(offsets).map(([partition, offset]) => [partition, BigInt(offset)])),
    );
  }

  /** The next offset to read in a partition, as `partitionOf` names it. */
  next(partition: string): bigint {
    return this.#next.get(partition) ?? 0n;
  }

  /** Moves a partition to `next`. The position is saved every two seconds, so a killed replay repeats as much. */
  async advance(partition: string, next: bigint): Promise<void> {
    this.#next.set(partition, next);
    if (Date.now() - this.#savedAt >= SAVE_INTERVAL_MS) await this.save();
  }

  async save(): Promise<void> {
    this.#savedAt = Date.now();
    const offsets = Object.fromEntries([...this.#next].map(([partition, next]) => [partition, String(next)]));
    await this.#store.put(this.#key, Buffer.from(JSON.stringify(offsets)));
  }

  remove(): Promise<void> {
    return this.#store.remove(this.#key);
  }
}
