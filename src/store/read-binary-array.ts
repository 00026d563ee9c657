/** Reads the binary format of Postgres for one-dimensional arrays of values of 8 bytes, which `binary-array.ts` writes. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const STRIDE = LENGTH_BYTES + 8;
const TWO_TO_32 = 4_294_967_296;
/** Postgres counts microseconds from 2000-01-01. */
const EPOCH_2000_MS = 946_684_800_000;

/** An integer of Postgres: a bigint if a number would lose digits. Both compare with each other exactly. */
export type Int8 = number | bigint;

export const int8Of = (integer: bigint): Int8 =>
  integer <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(integer) : integer;

/** An array of `int8`, `float8` or `timestamptz` without nulls. */
export class BinaryArray {
  readonly length: number;
  readonly #view: DataView;

  /** @param bytes null is an array without values, as `array_agg` of no rows returns it. */
  constructor(bytes: Buffer | null) {
    const { buffer, byteOffset, byteLength } = bytes ?? Buffer.alloc(HEADER_BYTES);
    this.#view = new DataView(buffer, byteOffset, byteLength);
    this.length = byteLength < HEADER_BYTES ? 0 : Math.floor((byteLength - HEADER_BYTES) / STRIDE);
  }

  float8(index: number): number {
    return this.#view.getFloat64(this.#offset(index));
  }

  int8(index: number): Int8 {
    const offset = this.#offset(index);
    const number = this.#view.getInt32(offset) * TWO_TO_32 + this.#view.getUint32(offset + 4);
    return Number.isSafeInteger(number) ? number : this.#view.getBigInt64(offset);
  }

  /** Epoch milliseconds of a `timestamptz`. */
  time(index: number): number {
    return Math.round(Number(this.int8(index)) / 1_000) + EPOCH_2000_MS;
  }

  #offset(index: number): number {
    return HEADER_BYTES + index * STRIDE + LENGTH_BYTES;
  }
}
