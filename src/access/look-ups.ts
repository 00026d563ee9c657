import { TooManyLookups } from './access-refused.ts';

/** Reads the items with these ids; an id without an item is absent from the result. */
type ReadItems<T> = (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>;

/**
 * Joins the look-ups of many requests: one query runs at a time, for all ids requested since the query before it. So a
 * fleet that starts all at once, or a flood of guesses, costs a handful of queries.
 */
export class LookUps<T> {
  readonly #noun: string;
  readonly #maxIds: number;
  readonly #read: ReadItems<T>;
  readonly #asked = new Map<string, PromiseWithResolvers<T | undefined>>();
  #isReading = false;

  /** @param noun the items in the plural, for the message of {@link TooManyLookups}. */
  constructor(noun: string, maxIds: number, read: ReadItems<T>) {
    this.#noun = noun;
    this.#maxIds = maxIds;
    this.#read = read;
  }

  /** The item with this id. Rejects with the error of the query, or with {@link TooManyLookups}. */
  find(id: string): Promise<T | undefined> {
    const asked = this.#asked.get(id);
    if (asked !== undefined) return asked.promise;
    if (this.#asked.size >= this.#maxIds) return Promise.reject(new TooManyLookups(this.#noun));
    const asking = Promise.withResolvers<T | undefined>();
    this.#asked.set(id, asking);
    if (!this.#isReading) void this.#readAll();
    return asking.promise;
  }

  async #readAll(): Promise<void> {
    this.#isReading = true;
    while (this.#asked.size > 0) {
      const batch = new Map(this.#asked);
      try {
        const found = await this.#read([...batch.keys()]);
        for (const [id, { resolve }] of batch) resolve(found.get(id));
      } catch (error) {
        for (const { reject } of batch.values()) reject(error);
      }
      for (const id of batch.keys()) this.#asked.delete(id);
    }
    this.#isReading = false;
  }
}
