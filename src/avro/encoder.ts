import type avro from 'avsc';
import { WIRE_HEADER_BYTES, writeWireHeader } from './wire.ts';

/** Encodes a record as a value in wire format. A record that does not match the schema is a bug of the caller: a TypeError. */
export type Encode = (schemaId: number, type: avro.Type, record: unknown) => Buffer;

/**
 * An encoder that cuts its values from a page of `pageBytes`: avsc cannot determine the size of a record in advance,
 * and allocating or copying a buffer for each record would be a large part of the work. Each value keeps its page in
 * memory.
 */
export function createEncoder(pageBytes = 65_536): Encode {
  let page = Buffer.allocUnsafeSlow(pageBytes);
  let used = 0;

  /** The end of the record in the page; if negative, the number of missing bytes. */
  function write(type: avro.Type, record: unknown): number {
    try {
      return type.encode(record, page, used + WIRE_HEADER_BYTES);
    } catch (error) {
      throw new TypeError(`a record does not match ${type.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  return (schemaId, type, record) => {
    let end = write(type, record);
    if (end < 0) {
      page = Buffer.allocUnsafeSlow(Math.max(pageBytes, 2 * (page.length - used - end)));
      used = 0;
      end = write(type, record);
    }
    const value = page.subarray(used, end);
    writeWireHeader(value, schemaId);
    used = end;
    return value;
  };
}
