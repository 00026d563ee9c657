import type avro from 'avsc';
import { WIRE_HEADER_BYTES, writeWireHeader } from './wire.ts';

/** Encodes a record to a value in wire format. A record that does not fit the schema is a bug of the caller: a TypeError. */
export type Encode = (schemaId: number, type: avro.Type, record: unknown) => Buffer;

/**
 * An encoder that cuts its values from a page of `pageBytes`: avsc has no way to know a record's size beforehand, and a
 * buffer of its own for each record, or a copy, would be a good part of the work. A page lives as long as one of its values.
 */
export function createEncoder(pageBytes = 65_536): Encode {
  let page = Buffer.allocUnsafeSlow(pageBytes);
  let used = 0;

  /** Where the record ends in the page; negative, how many bytes are missing there. */
  function write(type: avro.Type, record: unknown): number {
    try {
      return type.encode(record, page, used + WIRE_HEADER_BYTES);
    } catch (error) {
      throw new TypeError(`a record does not fit ${type.name}: ${(error as Error).message}`, { cause: error });
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
