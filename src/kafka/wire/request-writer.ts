/** Maximum length of a text that is written character by character. */
const SHORT_TEXT = 64;

/** Writes the primitive types of the Kafka protocol into one buffer, which grows when necessary. */
export class RequestWriter {
  bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  written(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  /** Reserves `count` bytes and returns their position. `bytes` may be another buffer afterwards. */
  reserve(count: number): number {
    this.#ensure(count);
    const at = this.length;
    this.length += count;
    return at;
  }

  int8(value: number): void {
    const at = this.reserve(1);
    this.bytes.writeInt8(value, at);
  }

  int16(value: number): void {
    const at = this.reserve(2);
    this.bytes.writeInt16BE(value, at);
  }

  int32(value: number): void {
    this.int32At(this.reserve(4), value);
  }

  int32At(at: number, value: number): void {
    this.bytes.writeInt32BE(value, at);
  }

  int64(value: bigint): void {
    const at = this.reserve(8);
    this.bytes.writeBigInt64BE(value, at);
  }

  /** A string with its length in two bytes. */
  string16(text: string): void {
    const size = Buffer.byteLength(text);
    this.int16(size);
    const at = this.reserve(size);
    this.bytes.write(text, at, size, 'utf8');
  }

  /** A signed integer, zigzag and in groups of seven bits; up to 2^51. */
  varint(value: number): void {
    this.#ensure(8);
    this.length = writeUnsigned(this.bytes, this.length, value < 0 ? -2 * value - 1 : 2 * value);
  }

  /** Bytes or text with its length as a varint; null has the length -1. */
  sized(value: Buffer | string | null): void {
    if (value === null) {
      this.varint(-1);
    } else if (typeof value === 'string') {
      this.#sizedText(value);
    } else {
      this.varint(value.length);
      const at = this.reserve(value.length);
      value.copy(this.bytes, at);
    }
  }

  /** Starts content that is preceded by its length as a varint. Two bytes are reserved for it, which nearly always fit. */
  startSized(): number {
    return this.reserve(2);
  }

  endSized(at: number): void {
    const start = at + 2;
    const size = this.length - start;
    const prefix = varintSize(2 * size);
    if (prefix !== 2) {
      this.#ensure(8);
      this.bytes.copyWithin(at + prefix, start, this.length);
      this.length += prefix - 2;
    }
    writeUnsigned(this.bytes, at, 2 * size);
  }

  /** Writes ASCII, as ids and names nearly always are, in JavaScript: a call to native code costs more than 40 bytes do. */
  #sizedText(text: string): void {
    const end = text.length <= SHORT_TEXT ? this.#writeAscii(text) : -1;
    if (end >= 0) {
      this.length = end;
      return;
    }
    const size = Buffer.byteLength(text);
    this.varint(size);
    const at = this.reserve(size);
    this.bytes.write(text, at, size, 'utf8');
  }

  /** Writes a length and an ASCII text without advancing; returns the end, or -1 if the text is not ASCII. */
  #writeAscii(text: string): number {
    const { length } = text;
    this.#ensure(length + 8);
    let at = writeUnsigned(this.bytes, this.length, 2 * length);
    for (let index = 0; index < length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return -1;
      this.bytes[at] = unit;
      at += 1;
    }
    return at;
  }

  #ensure(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }
}

function writeUnsigned(bytes: Buffer, start: number, value: number): number {
  let at = start;
  let left = value;
  // Bit operators would truncate to 32 bits, so large values are divided.
  while (left > 0x7fffffff) {
    bytes[at] = (left % 128) | 0x80;
    at += 1;
    left = Math.floor(left / 128);
  }
  while (left > 0x7f) {
    bytes[at] = (left & 0x7f) | 0x80;
    at += 1;
    left >>>= 7;
  }
  bytes[at] = left;
  return at + 1;
}

function varintSize(unsigned: number): number {
  let size = 1;
  for (let left = unsigned; left > 0x7f; left = Math.floor(left / 128)) size += 1;
  return size;
}
