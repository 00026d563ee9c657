import { createHash, type Hash } from 'node:crypto';

/** Bytes of a part of an upload. S3 requires at least 5 MiB in each part but the last. */
export const PART_BYTES = 8 * 1_048_576;

/** A filled part. */
export interface UploadPart {
  readonly bytes: Buffer;
  /** In hexadecimal digits. */
  readonly sha256: string;
}

/** Memory for one part at a time, hashed while it is filled: hashing it at once would hold up every other request. */
export class PartBuffer {
  readonly #memory: Buffer;
  #length = 0;
  #hash: Hash = createHash('sha256');

  /** @param bytes its size, which is that of a part or less. */
  constructor(bytes: number) {
    // Slow: the pool of small buffers would keep memory that this one has left.
    this.#memory = Buffer.allocUnsafeSlow(bytes);
  }

  get isFull(): boolean {
    return this.#length === this.#memory.length;
  }

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Takes what fits, and returns the rest. */
  fill(chunk: Buffer): Buffer {
    const taken = chunk.subarray(0, this.#memory.length - this.#length);
    taken.copy(this.#memory, this.#length);
    this.#hash.update(taken);
    this.#length += taken.length;
    return chunk.subarray(taken.length);
  }

  /** The content, valid until the next {@link fill}. */
  take(): UploadPart {
    const part = { bytes: this.#memory.subarray(0, this.#length), sha256: this.#hash.digest('hex') };
    this.#length = 0;
    this.#hash = createHash('sha256');
    return part;
  }
}
