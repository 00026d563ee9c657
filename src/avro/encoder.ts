import type avro from 'avsc';
import { WIRE_HEADER_BYTES, writeWireHeader } from './wire.ts';

/** Encodes a record to a value in wire format. Throws when the record does not fit the schema, which is a bug of the caller. */
export type Encode = (schemaId: number, type: avro.Type, record: unknown) => Buffer;

/**
 * An encoder that writes into one scratch buffer and copies out what it wrote: avsc has no way to know a record's size
 * beforehand, and a buffer a record would be most of the work.
 */
export function createEncoder(initialBytes = 65_536): Encode {
  let scratch = Buffer.allocUnsafeSlow(initialBytes);
  return (schemaId, type, record) => {
    let end = type.encode(record, scratch, WIRE_HEADER_BYTES);
    if (end < 0) {
      // A negative result is how many bytes were missing.
      scratch = Buffer.allocUnsafeSlow((scratch.length - end) * 2);
      end = type.encode(record, scratch, WIRE_HEADER_BYTES);
    }
    const value = Buffer.allocUnsafe(end);
    scratch.copy(value, 0, 0, end);
    writeWireHeader(value, schemaId);
    return value;
  };
}
