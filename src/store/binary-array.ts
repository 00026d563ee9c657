/**
 * Postgres' binary format of one-dimensional arrays. A batch has tens of thousands of values: written as text they would
 * be formatted here and parsed there, which is most of the cost of sending them.
 *
 * Each writer takes a column of values, null allowed, and returns a parameter; node-postgres sends a Buffer as binary.
 */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/** Type ids of `pg_type`, fixed for ever. */
const OID = { bool: 16, int8: 20, int4: 23, text: 25, float8: 701, timestamptz: 1184, uuid: 2950 } as const;

function header(target: Buffer, oid: number, length: number): void {
  target.writeInt32BE(length === 0 ? 0 : 1, 0);
  target.writeInt32BE(1, 4); // may hold nulls
  target.writeInt32BE(oid, 8);
  target.writeInt32BE(length, 12);
  target.writeInt32BE(1, 16); // first subscript
}

/** An array of values that take `bytes` each. */
const fixed =
  <T>(oid: number, bytes: number, write: (target: Buffer, value: T, offset: number) => void) =>
  (values: readonly (T | null)[]): Buffer => {
    const target = Buffer.allocUnsafe(HEADER_BYTES + values.length * (LENGTH_BYTES + bytes));
    header(target, oid, values.length);
    let offset = HEADER_BYTES;
    for (const value of values) {
      offset = target.writeInt32BE(value === null ? -1 : bytes, offset);
      if (value === null) continue;
      write(target, value, offset);
      offset += bytes;
    }
    return target.subarray(0, values.length === 0 ? 12 : offset);
  };

const TWO_TO_32 = 4_294_967_296;

/** A safe integer as 64 bits, without the cost of a BigInt. */
function writeInt64(target: Buffer, value: number, offset: number): void {
  if (!Number.isSafeInteger(value)) {
    target.writeBigInt64BE(BigInt(value), offset);
    return;
  }
  const high = Math.floor(value / TWO_TO_32);
  target.writeInt32BE(high, offset);
  target.writeUInt32BE(value - high * TWO_TO_32, offset + 4);
}

/** Postgres counts microseconds from 2000-01-01. */
const EPOCH_2000_MS = 946_684_800_000;

function writeTimestamp(target: Buffer, epochMs: number, offset: number): void {
  const micros = (epochMs - EPOCH_2000_MS) * 1_000;
  if (Number.isSafeInteger(micros)) writeInt64(target, micros, offset);
  else target.writeBigInt64BE(BigInt(epochMs - EPOCH_2000_MS) * 1_000n, offset);
}

function writeUuid(target: Buffer, uuid: string, offset: number): void {
  let at = offset;
  for (let index = 0; index < 36; index += 2) {
    if (index === 8 || index === 13 || index === 18 || index === 23) index += 1;
    target[at] = (nibble(uuid.charCodeAt(index)) << 4) | nibble(uuid.charCodeAt(index + 1));
    at += 1;
  }
}

/** The value of a lower-case hexadecimal digit. */
const nibble = (code: number): number => (code < 58 ? code - 48 : code - 87);

export const int4Array = fixed<number>(OID.int4, 4, (target, value, offset) => target.writeInt32BE(value, offset));
export const int8Array = fixed<number>(OID.int8, 8, writeInt64);
export const float8Array = fixed<number>(OID.float8, 8, (target, value, offset) => target.writeDoubleBE(value, offset));
export const boolArray = fixed<boolean>(OID.bool, 1, (target, value, offset) =>
  target.writeUInt8(value ? 1 : 0, offset),
);
/** From epoch milliseconds. */
export const timestampArray = fixed<number>(OID.timestamptz, 8, writeTimestamp);
/** From text in lower case with dashes. */
export const uuidArray = fixed<string>(OID.uuid, 16, writeUuid);

/** An array of texts; what UTF-8 cannot hold (half a surrogate pair) becomes U+FFFD. */
export function textArray(values: readonly (string | null)[]): Buffer {
  if (values.length === 0) return fixed<string>(OID.text, 0, () => undefined)([]);
  let bytes = HEADER_BYTES + values.length * LENGTH_BYTES;
  for (const value of values) bytes += value === null ? 0 : Buffer.byteLength(value);
  const target = Buffer.allocUnsafe(bytes);
  header(target, OID.text, values.length);
  let offset = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? -1 : target.write(value, offset + LENGTH_BYTES);
    target.writeInt32BE(length, offset);
    offset += LENGTH_BYTES + Math.max(0, length);
  }
  return target;
}
