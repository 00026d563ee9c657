import { addHeader, type FetchedRecord, type Headers, type HeaderValue } from '../../record.ts';
import { Cursor } from './cursor.ts';

/** A batch, as its messages share it. kafkajs reads the context and the flag from each, to filter out aborted transactions. */
export interface MessageBatch {
  /** Bytes that contain the records. */
  readonly content: Buffer;
  readonly context: { readonly inTransaction: boolean; readonly producerId: string };
  readonly isControl: boolean;
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
  readonly #batch: MessageBatch;
  readonly #keyAt: number;
  readonly #headersAt: number;

  /** @param keyAt the position of the key's length in the content; value and headers follow it. */
  constructor(batch: MessageBatch, offset: string, timestamp: number, keyAt: number) {
    const cursor = new Cursor(batch.content, keyAt);
    cursor.skip();
    this.offset = offset;
    this.timestamp = timestamp;
    this.value = cursor.sized();
    this.#batch = batch;
    this.#keyAt = keyAt;
    this.#headersAt = cursor.at;
  }

  get isControlRecord(): boolean {
    return this.#batch.isControl;
  }

  get batchContext(): MessageBatch['context'] {
    return this.#batch.context;
  }

  get key(): Buffer | null {
    return new Cursor(this.#batch.content, this.#keyAt).sized();
  }

  get headers(): Headers {
    const cursor = new Cursor(this.#batch.content, this.#headersAt);
    const headers = new Map<string, HeaderValue>();
    for (let left = cursor.varint(); left > 0; left -= 1) addHeader(headers, String(cursor.sized()), cursor.sized());
    return Object.fromEntries(headers);
  }
}
