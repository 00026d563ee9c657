import { uuidV5 } from '../../events/ids.ts';

/**
 * Names the events of a request that has an `Idempotency-Key`. The id of an event is made of the owner of the key, the key,
 * and the content of the event; equal events of one request are numbered. So an id follows its event, whatever else the
 * request holds and whichever process reads it: sending the request again, or only the events that were rejected, stores each
 * event once, and another event under the same key is another event. Nothing is remembered between requests.
 */
export class EventNamer {
  readonly #prefix: string;
  readonly #seen = new Map<string, number>();

  /** @param owner distinguishes clients whose keys are equal; clients without an API key share one owner. */
  constructor(owner: string, idempotencyKey: string) {
    // Neither part contains a space, so no two pairs make the same text.
    this.#prefix = `${owner} ${idempotencyKey} `;
  }

  /** The id of the next event. @param content its canonical JSON. */
  nameOf(content: string): string {
    const id = uuidV5(this.#prefix + content);
    const before = this.#seen.get(id) ?? 0;
    this.#seen.set(id, before + 1);
    return before === 0 ? id : uuidV5(`${id} ${before}`);
  }
}
