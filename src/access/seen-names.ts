/** A set of 32-bit numbers with open addressing: four bytes an entry, at most half full. Zero cannot be an entry. */
class FingerprintTable {
  #slots = new Uint32Array(1_024);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(fingerprint: number): boolean {
    return this.#slots[this.#slotOf(fingerprint)] === fingerprint;
  }

  add(fingerprint: number): void {
    const slot = this.#slotOf(fingerprint);
    if (this.#slots[slot] === fingerprint) return;
    this.#slots[slot] = fingerprint;
    this.#size += 1;
    if (this.#size * 2 > this.#slots.length) this.#grow();
  }

  /** The slot that contains the fingerprint, or the empty one where it belongs. */
  #slotOf(fingerprint: number): number {
    const mask = this.#slots.length - 1;
    let slot = fingerprint & mask;
    for (;;) {
      const found = this.#slots[slot];
      if (found === 0 || found === fingerprint) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const entries = this.#slots;
    this.#slots = new Uint32Array(entries.length * 2);
    for (const entry of entries) if (entry !== 0) this.#slots[this.#slotOf(entry)] = entry;
  }
}

/**
 * Remembers names by a 32-bit fingerprint, in bounded memory: the last `maxNames` at least, twice that at most. A name that
 * is used stays; names are forgotten only to make room. Among a million names, one new name in four thousand is taken for
 * a known one.
 */
export class SeenNames {
  readonly #seed: number;
  readonly #maxNames: number;
  #recent = new FingerprintTable();
  #older = new FingerprintTable();

  /** @param seed keeps clients from choosing names with the same fingerprint. */
  constructor(maxNames: number, seed: number) {
    this.#maxNames = maxNames;
    this.#seed = seed;
  }

  /** The fingerprint of `name` among those of `owner`, another fingerprint: the names of two owners differ. */
  fingerprint(name: string, owner = 0): number {
    // FNV-1a over UTF-16 units, with the finaliser of MurmurHash3.
    let hash = this.#seed ^ owner ^ 0x811c9dc5;
    for (let index = 0; index < name.length; index += 1) {
      hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0 || 1;
  }

  /** Whether the name was seen; if so, it counts as used. */
  has(fingerprint: number): boolean {
    if (this.#recent.has(fingerprint)) return true;
    if (!this.#older.has(fingerprint)) return false;
    this.add(fingerprint);
    return true;
  }

  add(fingerprint: number): void {
    this.#recent.add(fingerprint);
    if (this.#recent.size < this.#maxNames) return;
    this.#older = this.#recent;
    this.#recent = new FingerprintTable();
  }
}
