/** Reads the primitive types of a record. */
export class Cursor {
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
    // Bit operators would truncate to 32 bits.
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Bytes that follow their length; null when it is negative. */
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
    if (byte === undefined) throw new Error('a record is cut off');
    this.at += 1;
    return byte;
  }
}
