/** Magic numbers of RFC 8878, sections 3.1.1 and 3.1.2, as little-endian integers; a skippable frame has 16 of them. */
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const SKIPPABLE_MASK = 0xfffffff0;
const CHECKSUM_BYTES = 4;
const RLE = 1;
const RESERVED = 3;
const DICTIONARY_BYTES = [0, 1, 2, 4];
/** By the flag of the frame; the first is 1 for a frame of a single segment. */
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/** The next number of the stream to read; the bytes before it are skipped unread. */
type Field = 'magic' | 'skippable size' | 'descriptor' | 'block' | 'none';

const FIELD_BYTES: Readonly<Record<Field, number>> = {
  magic: 4,
  'skippable size': 4,
  descriptor: 1,
  block: 3,
  none: 0,
};

/**
 * Counts the frames of a zstd stream by their headers, skippable frames included (RFC 8878, section 3), however the stream is
 * cut into chunks. Stops at the first bytes that start no frame, which a decoder refuses.
 */
export class ZstdFrameCounter {
  /** Frames that have started. */
  count = 0;
  #field: Field = 'magic';
  #value = 0;
  #read = 0;
  #skip = 0;
  #checksumBytes = 0;

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#field !== 'none') {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, chunk.length - at);
        this.#skip -= skipped;
        at += skipped;
        continue;
      }
      this.#value += (chunk[at] as number) * 256 ** this.#read;
      this.#read += 1;
      at += 1;
      if (this.#read < FIELD_BYTES[this.#field]) continue;
      const value = this.#value;
      this.#value = 0;
      this.#read = 0;
      this.#take(value);
    }
  }

  #take(value: number): void {
    if (this.#field === 'magic') this.#start(value);
    else if (this.#field === 'descriptor') this.#describe(value);
    else if (this.#field === 'block') this.#skipBlock(value);
    else {
      this.#skip = value;
      this.#field = 'magic';
    }
  }

  #start(magic: number): void {
    if (magic === FRAME) this.#field = 'descriptor';
    else if ((magic & SKIPPABLE_MASK) === SKIPPABLE) this.#field = 'skippable size';
    else this.#field = 'none';
    if (this.#field !== 'none') this.count += 1;
  }

  /** Frame header (section 3.1.1.1): the rest of it has no fixed length. */
  #describe(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const contentSizeFlag = descriptor >> 6;
    const windowBytes = isSingleSegment ? 0 : 1;
    const contentSizeBytes =
      contentSizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[contentSizeFlag] as number);
    this.#skip = windowBytes + (DICTIONARY_BYTES[descriptor & 3] as number) + contentSizeBytes;
    this.#checksumBytes = (descriptor & 4) === 0 ? 0 : CHECKSUM_BYTES;
    this.#field = 'block';
  }

  /** Block header (section 3.1.1.2): whether it is the last, its type and its size. */
  #skipBlock(header: number): void {
    const isLast = (header & 1) === 1;
    const type = (header >> 1) & 3;
    this.#skip = type === RLE ? 1 : header >> 3;
    if (isLast) this.#skip += this.#checksumBytes;
    if (type === RESERVED) this.#field = 'none';
    else if (isLast) this.#field = 'magic';
  }
}
