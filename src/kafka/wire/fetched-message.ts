import type { FetchedRecord, Headers } from '../../record.ts';
import { Cursor } from './cursor.ts';

/** The fields of a batch that kafkajs reads from each of its messages, to filter out aborted transactions. */
export interface BatchContext {
  readonly inTransaction: boolean;
  readonly producerId: string;
}

/**
 * A message of a fetched batch. Key and headers are parsed when they are first read: a sink that only uses the value needs
 * neither, and allocating a buffer for each took most of the time.
 */
export class FetchedMessage implements FetchedRecord {
  topic = '';
  partition = -1;
  readonly offset: string;
  readonly timestamp: number;
  readonly value: Buffer | null;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  readonly #bytes: Buffer;
  readonly #keyAt: number;
  readonly #headersAt: number;

  /** @param keyAt the position of the key's length in `bytes`; value and headers follow it. */
  constructor(
    bytes: Buffer,
    offset: string,
    timestamp: number,
    keyAt: number,
    batchContext: BatchContext,
    isControlRecord: boolean,
  ) {
    const cursor = new Cursor(bytes, keyAt);
    cursor.skip();
    this.offset = offset;
    this.timestamp = timestamp;
    this.value = cursor.sized();
    this.isControlRecord = isControlRecord;
    this.batchContext = batchContext;
    this.#bytes = bytes;
    this.#keyAt = keyAt;
    this.#headersAt = cursor.at;
  }

  get key(): Buffer | null {
    return new Cursor(this.#bytes, this.#keyAt).sized();
  }

  get headers(): Headers {
    const cursor = new Cursor(this.#bytes, this.#headersAt);
    const headers = new Map<string, Buffer | Buffer[]>();
    for (let left = cursor.varint(); left > 0; left -= 1) {
      const name = String(cursor.sized());
      // A header without a value is null here, as kafkajs has it, although its types leave that out.
      const value = cursor.sized() as Buffer;
      const held = headers.get(name);
      if (held === undefined) headers.set(name, value);
      else headers.set(name, Array.isArray(held) ? [...held, value] : [held, value]);
    }
    return Object.fromEntries(headers);
  }
}
