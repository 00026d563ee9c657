/**
 * The binary format of Postgres for one-dimensional arrays. A batch has tens of thousands of values; formatting them as text
 * here and parsing them in the server would be most of the cost of sending them.
 *
 * node-postgres sends a Buffer as a binary parameter.
 */
const EMPTY_BYTES = 12;
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/** A type whose values all have the same size. */
export interface FixedType<T> {
  /** Its id in `pg_type`, the same in every database. */
  readonly oid: number;
  readonly bytes: number;
  readonly write: (view: DataView, offset: number, value: T) => void;
}

const TEXT_OID = 25;
const TWO_TO_32 = 4_294_967_296;

/** A safe integer as 64 bits, without the cost of a BigInt. */
function writeInt64(view: DataView, offset: number, value: number): void {
  const high = Math.floor(value / TWO_TO_32);
  view.setInt32(offset, high);
  view.setUint32(offset + 4, value - high * TWO_TO_32);
}

/** Postgres counts microseconds from 2000-01-01. */
const EPOCH_2000_MS = 946_684_800_000;

function writeTimestamp(view: DataView, offset: number, epochMs: number): void {
  const micros = (epochMs - EPOCH_2000_MS) * 1_000;
  if (Number.isSafeInteger(micros)) writeInt64(view, offset, micros);
  else view.setBigInt64(offset, BigInt(epochMs - EPOCH_2000_MS) * 1_000n);
}

/** The value of a lower-case hexadecimal digit. */
const digit = (text: string, index: number): number => {
  const code = text.charCodeAt(index);
  return code < 58 ? code - 48 : code - 87;
};

const four = (text: string, index: number): number =>
  (digit(text, index) << 12) | (digit(text, index + 1) << 8) | (digit(text, index + 2) << 4) | digit(text, index + 3);

function writeUuid(view: DataView, offset: number, uuid: string): void {
  view.setUint16(offset, four(uuid, 0));
  view.setUint16(offset + 2, four(uuid, 4));
  view.setUint16(offset + 4, four(uuid, 9));
  view.setUint16(offset + 6, four(uuid, 14));
  view.setUint16(offset + 8, four(uuid, 19));
  view.setUint16(offset + 10, four(uuid, 24));
  view.setUint16(offset + 12, four(uuid, 28));
  view.setUint16(offset + 14, four(uuid, 32));
}

export const INT4: FixedType<number> = { oid: 23, bytes: 4, write: (view, at, value) => view.setInt32(at, value) };
export const INT8: FixedType<number> = { oid: 20, bytes: 8, write: writeInt64 };
/** Any integer of 64 bits; {@link INT8} is faster for those that a number holds exactly. */
export const BIGINT: FixedType<bigint> = { oid: 20, bytes: 8, write: (view, at, value) => view.setBigInt64(at, value) };
export const FLOAT8: FixedType<number> = { oid: 701, bytes: 8, write: (view, at, value) => view.setFloat64(at, value) };
export const BOOL: FixedType<boolean> = {
  oid: 16,
  bytes: 1,
  write: (view, at, value) => view.setUint8(at, value ? 1 : 0),
};
/** From epoch milliseconds. */
export const TIMESTAMPTZ: FixedType<number> = { oid: 1184, bytes: 8, write: writeTimestamp };
/** From text in lower case, with dashes. */
export const UUID: FixedType<string> = { oid: 2950, bytes: 16, write: writeUuid };

function writeHeader(view: DataView, oid: number, length: number): void {
  view.setInt32(0, length === 0 ? 0 : 1);
  view.setInt32(4, 1); // may contain nulls
  view.setInt32(8, oid);
  if (length === 0) return;
  view.setInt32(12, length);
  view.setInt32(16, 1); // first subscript
}

/** An array that is written value by value. */
export class FixedArray<T> {
  readonly #type: FixedType<T>;
  readonly #view: DataView;
  #offset = HEADER_BYTES;
  #length = 0;

  /** @param capacity maximum number of values. */
  constructor(type: FixedType<T>, capacity: number) {
    this.#type = type;
    this.#view = new DataView(new ArrayBuffer(HEADER_BYTES + capacity * (LENGTH_BYTES + type.bytes)));
  }

  push(value: T | null): void {
    this.#length += 1;
    if (value === null) {
      this.#view.setInt32(this.#offset, -1);
      this.#offset += LENGTH_BYTES;
      return;
    }
    const { bytes, write } = this.#type;
    this.#view.setInt32(this.#offset, bytes);
    write(this.#view, this.#offset + LENGTH_BYTES, value);
    this.#offset += LENGTH_BYTES + bytes;
  }

  toParameter(): Buffer {
    writeHeader(this.#view, this.#type.oid, this.#length);
    return Buffer.from(this.#view.buffer, 0, this.#length === 0 ? EMPTY_BYTES : this.#offset);
  }
}

/** A column of values as a parameter. */
export function fixedArray<T>(type: FixedType<T>, values: readonly (T | null)[]): Buffer {
  const array = new FixedArray(type, values.length);
  for (const value of values) array.push(value);
  return array.toParameter();
}

/** A column of texts as a parameter. Half of a surrogate pair, which UTF-8 cannot encode, becomes U+FFFD. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES + values.length * LENGTH_BYTES;
  for (const value of values) bytes += value === null ? 0 : Buffer.byteLength(value);
  const target = Buffer.allocUnsafeSlow(bytes);
  writeHeader(new DataView(target.buffer), TEXT_OID, values.length);
  if (values.length === 0) return target.subarray(0, EMPTY_BYTES);
  let offset = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? -1 : target.write(value, offset + LENGTH_BYTES);
    target.writeInt32BE(length, offset);
    offset += LENGTH_BYTES + Math.max(0, length);
  }
  return target;
}
