/** Letters that are held in memory, at most; some 200 bytes each. */
const MAX_LETTERS = 200_000;

/** The place of a letter in `ml.deadletters`, and the record that it is about. */
export interface Letter {
  readonly partition: number;
  readonly offset: number;
  /** The same for all letters about one record: each consumer that rejects it writes one. */
  readonly about: string;
}

/**
 * Counts the records that have dead letters and were not replayed. A settlement names one letter, and settles every letter
 * about the same record.
 */
export class WaitingLetters {
  readonly #aboutOf = new Map<string, string>();
  readonly #lettersOf = new Map<string, Set<string>>();

  /** Records with a dead letter that waits. */
  get count(): number {
    return this.#lettersOf.size;
  }

  add({ partition, offset, about }: Letter): void {
    if (this.#aboutOf.size >= MAX_LETTERS) return;
    const id = `${partition}:${offset}`;
    this.#aboutOf.set(id, about);
    const letters = this.#lettersOf.get(about) ?? new Set();
    this.#lettersOf.set(about, letters.add(id));
  }

  /** @param id `partition:offset` of the letter. */
  settle(id: string): void {
    const about = this.#aboutOf.get(id);
    if (about === undefined) return;
    for (const letter of this.#lettersOf.get(about) ?? []) this.#aboutOf.delete(letter);
    this.#lettersOf.delete(about);
  }

  /** Forgets the letters before `start`, which retention has deleted. */
  expire(partition: number, start: number): void {
    for (const [id, about] of this.#aboutOf) {
      const [itsPartition, offset] = id.split(':').map(Number);
      if (itsPartition !== partition || Number(offset) >= start) continue;
      this.#aboutOf.delete(id);
      const letters = this.#lettersOf.get(about);
      letters?.delete(id);
      if (letters?.size === 0) this.#lettersOf.delete(about);
    }
  }
}
