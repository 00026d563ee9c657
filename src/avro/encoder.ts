import type avro from 'avsc';
import { WIRE_HEADER_BYTES, writeWireHeader } from './wire.ts';

/** Encodes a record to a value in wire format. A record that does not fit the schema is a bug of the caller: a TypeError. */
export type Encode = (schemaId: number, type: avro.Type, record: unknown) => Buffer;

/**
 * An encoder that writes into one scratch buffer and copies out what it wrote: avsc has no way to know a record's size
 * beforehand, and a buffer a record would be most of the work.
 */
export function createEncoder(initialBytes = 65_536): Encode {
  let scratch = Buffer.allocUnsafeSlow(initialBytes);

  /** Where the record ends in the scratch buffer; negative, how many bytes are missing there. */
  function write(type: avro.Type, record: unknown): number {
    try {
      return type.encode(record, scratch, WIRE_HEADER_BYTES);
    } catch (error) {
      throw new TypeError(`a record does not fit ${type.name}: ${(error as Error).message}`, { cause: error });
    }
  }

  return (schemaId, type, record) => {
    let end = write(type, record);
    if (end < 0) {
      scratch = Buffer.allocUnsafeSlow((scratch.length - end) * 2);
      end = write(type, record);
    }
    const value = Buffer.allocUnsafe(end);
    scratch.copy(value, 0, 0, end);
    writeWireHeader(value, schemaId);
    return value;
  };
}
