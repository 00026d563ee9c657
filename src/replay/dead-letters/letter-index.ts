import { createHash } from 'node:crypto';
import type { DeadLetter } from '../../avro/records.ts';
import type { StoredLetter } from './stored-letter.ts';

/**
 * All dead letters by the record that they are about, and the letters that were replayed. Each consumer of a topic writes a
 * letter of its own about a record that it rejects, and a replay sends the record to all of them, so one replay settles every
 * letter about the record, including a letter that is written later. Holds some 200 bytes for each letter.
 */
export class LetterIndex {
  readonly #recordOf = new Map<string, string>();
  readonly #lettersOf = new Map<string, string[]>();
  readonly #settled = new Set<string>();

  add({ id, letter }: StoredLetter): void {
    const record = identify(letter);
    this.#recordOf.set(id, record);
    const letters = this.#lettersOf.get(record);
    if (letters === undefined) this.#lettersOf.set(record, [id]);
    else letters.push(id);
  }

  /** Adds a settlement, before its letter or after it. */
  settle(id: string): void {
    this.#settled.add(id);
  }

  /** The ids of all letters about the record of letter `id`, that letter included, in the order in which they were added. */
  lettersAboutSame(id: string): readonly string[] {
    return this.#lettersOf.get(this.#recordOf.get(id) ?? '') ?? [];
  }

  /** The id of the letter as which the record of letter `id` was replayed: `id` itself where possible; undefined if it was not. */
  replayedAs(id: string): string | undefined {
    return this.#settled.has(id) ? id : this.lettersAboutSame(id).find((other) => this.#settled.has(other));
  }
}

/** A digest that is equal for letters about one record. A topic that was created again has other records at its offsets. */
function identify({ topic, partition, offset, timestamp, value }: DeadLetter): string {
  const digest = createHash('sha256').update(`${topic}/${partition}@${offset} ${timestamp} ${value === null}`);
  return digest.update(value ?? '').digest('base64');
}
