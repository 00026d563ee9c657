import type { Fault } from '../../events/fault.ts';

/** A fault with the index of its event in the request. */
export interface Rejection extends Fault {
  readonly index: number;
}

/** Bytes of the list, roughly: an answer stays small beside the body that can cause it. */
const MAX_LIST_BYTES = 32_768;
/** Names and punctuation of one fault as JSON, and its index. */
const FAULT_BYTES = 64;
/** UTF-16 units of a path or message; both may quote names from the body. */
const MAX_TEXT_LENGTH = 300;

const shortened = (text: string): string =>
  text.length <= MAX_TEXT_LENGTH ? text : `${text.slice(0, MAX_TEXT_LENGTH - 3).toWellFormed()}...`;

/**
 * The faults of the rejected events of one request, bounded in bytes. The list is full at the first fault without room;
 * events after that are only counted, which costs nothing however many a small body holds.
 */
export class Rejections {
  readonly list: Rejection[] = [];
  #bytes = 0;
  #omitted = 0;
  #isFull = false;

  /** Rejected events of which the list holds no fault. */
  get omitted(): number {
    return this.#omitted;
  }

  add(index: number, faults: readonly Fault[]): void {
    if (this.#isFull) {
      this.#omitted += 1;
      return;
    }
    let listed = 0;
    for (const { code, path, message } of faults) {
      const rejection = { index, code, path: shortened(path), message: shortened(message) };
      const bytes = FAULT_BYTES + code.length + jsonBytes(rejection.path) + jsonBytes(rejection.message);
      this.#isFull = this.#bytes + bytes > MAX_LIST_BYTES;
      if (this.#isFull) break;
      this.#bytes += bytes;
      this.list.push(rejection);
      listed += 1;
    }
    if (listed === 0) this.#omitted += 1;
  }
}

const jsonBytes = (text: string): number => Buffer.byteLength(JSON.stringify(text));
