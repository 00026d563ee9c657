import { UnpackLimit } from './unpack-limit.ts';

/**
 * The LZ4 frame format (github.com/lz4/lz4, doc/lz4_Frame_format.md and doc/lz4_Block_format.md). The packages for it unpack
 * into as much memory as the frame asks for, 255 times its own size; here the output is bounded while it is made. Checksums
 * of the format are not verified: the record batch around it has one.
 */
const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const VERSION = 1;
const FLAGS = { blockChecksum: 0x10, contentSize: 0x08, contentChecksum: 0x04, dictionary: 0x01 } as const;
const STORED_BLOCK = 0x80000000;
const MIN_MATCH = 4;
/** A length of this value in a token continues in the bytes that follow it. */
const LONG_LENGTH = 15;

/** The content of one or more LZ4 frames. Throws when the bytes are malformed or the content exceeds `maxBytes`. */
export function unpackLz4(bytes: Buffer, maxBytes: number): Buffer {
  const output = new Output(maxBytes, bytes.length * 4);
  let at = 0;
  while (at < bytes.length) {
    const magic = uint32(bytes, at);
    if ((magic & SKIPPABLE_MASK) >>> 0 === SKIPPABLE_MAGIC) at += 8 + uint32(bytes, at + 4);
    else if (magic === FRAME_MAGIC) at = readFrame(bytes, at + 4, output);
    else throw new Error(`byte ${at} does not start an LZ4 frame`);
  }
  if (at > bytes.length) throw new Error('the LZ4 frame is cut off');
  return output.written();
}

/** Reads the frame whose descriptor is at `start`; returns its end. */
function readFrame(bytes: Buffer, start: number, output: Output): number {
  const flags = uint8(bytes, start);
  if (flags >>> 6 !== VERSION) throw new Error(`version ${flags >>> 6} of the LZ4 frame format is not supported`);
  if ((flags & FLAGS.dictionary) !== 0) throw new Error('the LZ4 frame needs a dictionary');
  // After flags and block size: the content size, if present, and the checksum of the descriptor.
  let at = start + 2 + ((flags & FLAGS.contentSize) === 0 ? 0 : 8) + 1;
  for (;;) {
    const word = uint32(bytes, at);
    at += 4;
    if (word === 0) break;
    const size = word & ~STORED_BLOCK;
    const end = at + size;
    if (end > bytes.length) throw new Error('the LZ4 frame is cut off');
    if ((word & STORED_BLOCK) === 0) readBlock(bytes, at, end, output);
    else output.copyFrom(bytes, at, end);
    at = end + ((flags & FLAGS.blockChecksum) === 0 ? 0 : 4);
  }
  return at + ((flags & FLAGS.contentChecksum) === 0 ? 0 : 4);
}

/** A block is a series of literals and matches, which repeat earlier output, of earlier blocks of the frame too. */
function readBlock(bytes: Buffer, start: number, end: number, output: Output): void {
  let at = start;
  while (at < end) {
    const token = bytes[at] as number;
    at += 1;
    let literals = token >>> 4;
    if (literals === LONG_LENGTH) {
      let more = 255;
      for (; more === 255; at += 1) literals += more = uint8(bytes, at);
    }
    if (at + literals > end) throw new Error('the literals of an LZ4 block are cut off');
    output.copyFrom(bytes, at, at + literals);
    at += literals;
    // The last sequence of a block has no match.
    if (at === end) return;
    if (at + 2 > end) throw new Error('a match of an LZ4 block is cut off');
    const distance = bytes.readUInt16LE(at);
    at += 2;
    let length = (token & LONG_LENGTH) + MIN_MATCH;
    if (length === LONG_LENGTH + MIN_MATCH) {
      let more = 255;
      for (; more === 255; at += 1) length += more = uint8(bytes, at);
    }
    output.repeat(distance, length);
  }
  throw new Error('an LZ4 block ends with a match');
}

function uint8(bytes: Buffer, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw new Error('the LZ4 frame is cut off');
  return value;
}

function uint32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw new Error('the LZ4 frame is cut off');
  return bytes.readUInt32LE(at);
}

/** Output that grows up to a limit. */
class Output {
  readonly #limit: UnpackLimit;
  #bytes: Buffer;
  #length = 0;

  constructor(maxBytes: number, estimate: number) {
    this.#limit = new UnpackLimit(maxBytes);
    this.#bytes = Buffer.allocUnsafe(Math.min(maxBytes, estimate));
  }

  written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  copyFrom(source: Buffer, start: number, end: number): void {
    this.#ensure(end - start);
    source.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  /** Appends `length` bytes that start `distance` bytes back; they may overlap themselves. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new Error('a match of an LZ4 block lies before its output');
    this.#ensure(length);
    const from = this.#length - distance;
    const end = this.#length + length;
    // Each copy can be as long as what is there from `from` on, which doubles.
    while (this.#length < end) {
      const count = Math.min(this.#length - from, end - this.#length);
      this.#bytes.copyWithin(this.#length, from, from + count);
      this.#length += count;
    }
  }

  #ensure(count: number): void {
    const needed = this.#length + count;
    this.#limit.check(needed);
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.#limit.maxBytes, Math.max(needed, this.#bytes.length * 2)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
