/** A queue in which owners take turns: the first entry of each owner, in the order in which they queued, then the next. */
export class FairQueue<O, T> {
  readonly #entries = new Map<O, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(owner: O): boolean {
    return this.#size > 0 && this.#entries.has(owner);
  }

  push(owner: O, entry: T): void {
    this.#size += 1;
    const entries = this.#entries.get(owner);
    if (entries === undefined) this.#entries.set(owner, [entry]);
    else entries.push(entry);
  }

  /** Queues an entry before the others of its owner. */
  pushFirst(owner: O, entry: T): void {
    const entries = this.#entries.get(owner);
    if (entries === undefined) this.push(owner, entry);
    else {
      this.#size += 1;
      entries.unshift(entry);
    }
  }

  /** Removes the next entry. */
  shift(): T | undefined {
    for (const [owner, entries] of this.#entries) {
      const entry = entries.shift();
      this.#size -= 1;
      // A map keeps the order of insertion: the owner queues again, after all others.
      this.#entries.delete(owner);
      if (entries.length > 0) this.#entries.set(owner, entries);
      return entry;
    }
    return undefined;
  }
}
