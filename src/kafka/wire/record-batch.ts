import type { FetchedRecord, Headers } from '../../record.ts';

/** What kafkajs asks of a message beside what it says: whether a transaction took it back. */
export interface BatchContext {
  readonly inTransaction: boolean;
  readonly producerId: string;
}

const NO_TRANSACTION: BatchContext = { inTransaction: false, producerId: '-1' };
const HEADER_BYTES = 61;
const MAGIC = 2;
/** Flags of compression, of a transaction, and of its markers: kafkajs reads such batches itself. */
const UNUSUAL_FLAGS = 0x37;
const LOG_APPEND_TIME_FLAG = 0x08;

/**
 * A message of a fetched batch. Key and headers are read when they are asked for: a sink that stores what the value holds
 * asks for neither, and making a buffer for each was most of the work.
 */
export class FetchedMessage implements FetchedRecord {
  topic = '';
  partition = -1;
  readonly offset: string;
  readonly timestamp: number;
  readonly value: Buffer | null;
  readonly isControlRecord = false;
  readonly batchContext = NO_TRANSACTION;
  readonly #bytes: Buffer;
  readonly #keyAt: number;
  readonly #headersAt: number;

  constructor(bytes: Buffer, offset: string, timestamp: number, keyAt: number) {
    const cursor = new Cursor(bytes, keyAt);
    cursor.skip();
    this.offset = offset;
    this.timestamp = timestamp;
    this.value = cursor.sized();
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
      // kafkajs hands on a header without a value as null, which its types leave out.
      const value = cursor.sized() as Buffer;
      const held = headers.get(name);
      if (held === undefined) headers.set(name, value);
      else headers.set(name, Array.isArray(held) ? [...held, value] : [held, value]);
    }
    return Object.fromEntries(headers);
  }
}

/**
 * The messages of the record batch (format 2) that starts at `start`; undefined for one that is compressed, part of a
 * transaction or cut off.
 */
export function readRecordBatch(bytes: Buffer, start: number): FetchedMessage[] | undefined {
  if (start + HEADER_BYTES > bytes.length) return undefined;
  const end = start + 12 + bytes.readInt32BE(start + 8);
  const attributes = bytes.readInt16BE(start + 21);
  if (end > bytes.length || bytes[start + 16] !== MAGIC || (attributes & UNUSUAL_FLAGS) !== 0) return undefined;

  const firstOffset = Number(bytes.readBigInt64BE(start));
  const firstTime = Number(bytes.readBigInt64BE(start + 27));
  const appendTime = (attributes & LOG_APPEND_TIME_FLAG) === 0 ? undefined : Number(bytes.readBigInt64BE(start + 35));
  const count = bytes.readInt32BE(start + 57);
  const batch = bytes.subarray(0, end);
  const cursor = new Cursor(batch, start + HEADER_BYTES);
  const messages: FetchedMessage[] = [];
  for (let left = count; left > 0; left -= 1) {
    const length = cursor.varint();
    const next = cursor.at + length;
    if (length <= 0 || next > end) throw new Error('a record ends behind its batch');
    cursor.at += 1; // attributes, unused
    const time = firstTime + cursor.varint();
    const offset = firstOffset + cursor.varint();
    messages.push(new FetchedMessage(batch, String(offset), appendTime ?? time, cursor.at));
    cursor.at = next;
  }
  return messages;
}

/** Reads the primitive types of a record. */
class Cursor {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** A signed integer, zigzag and in groups of seven bits; up to 2^52. */
  varint(): number {
    let byte = this.#next();
    let value = byte & 0x7f;
    for (let scale = 0x80; byte > 0x7f; scale *= 0x80) {
      byte = this.#next();
      value += (byte & 0x7f) * scale;
    }
    // Beyond 32 bits the bit operators would cut.
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Bytes behind their length; null where that is negative. */
  sized(): Buffer | null {
    const length = this.varint();
    if (length < 0) return null;
    const from = this.at;
    this.at += length;
    return this.#bytes.subarray(from, this.at);
  }

  skip(): void {
    const length = this.varint();
    if (length > 0) this.at += length;
  }

  #next(): number {
    const byte = this.#bytes[this.at];
    if (byte === undefined) throw new Error('a record ends in the middle');
    this.at += 1;
    return byte;
  }
}
