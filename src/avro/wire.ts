/** The Confluent wire format: a zero byte, the schema id as four bytes big-endian, then the Avro bytes. */
const MAGIC = 0;

/** Bytes before the Avro body. */
export const WIRE_HEADER_BYTES = 5;

/** Writes the header of the wire format at the start of `target`. */
export function writeWireHeader(target: Buffer, schemaId: number): void {
  target[0] = MAGIC;
  target.writeUInt32BE(schemaId, 1);
}

/** The schema id of a value; undefined if the value is not in wire format. */
export const readSchemaId = (value: Buffer): number | undefined =>
  value.length >= WIRE_HEADER_BYTES && value[0] === MAGIC ? value.readUInt32BE(1) : undefined;
