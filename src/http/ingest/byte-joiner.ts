const FIRST_CAPACITY = 16_384;
/** A buffer this large is allocated at once when the announced length asks for it; beyond it, capacity follows the bytes. */
const TRUSTED_CAPACITY = 1_048_576;

/**
 * Joins chunks into one buffer. Chunks are copied and released, so that a client that sends a byte at a time does not make
 * the gateway keep a buffer for each. A single chunk is passed through as it is.
 */
export class ByteJoiner {
  readonly #announced: number;
  #buffer: Buffer | undefined;
  /** Whether the buffer was allocated here, and may be written to. */
  #owned = false;
  /** The memory of the bytes that were taken last, if it was allocated here. */
  #taken: ArrayBufferLike | undefined;
  length = 0;

  /** @param announced length to expect, if it is known. It only guides the capacity: memory follows what was pushed. */
  constructor(announced = 0) {
    this.#announced = announced;
  }

  push(chunk: Buffer): void {
    const length = this.length + chunk.length;
    if (this.#buffer === undefined) {
      this.#buffer = chunk;
    } else {
      if (!this.#owned || length > this.#buffer.length) this.#grow(length);
      chunk.copy(this.#buffer, this.length);
    }
    this.length = length;
  }

  /** All bytes pushed since the last call; the joiner is empty afterwards. */
  take(): Buffer {
    const all = this.#buffer?.subarray(0, this.length) ?? Buffer.alloc(0);
    this.#taken = this.#owned ? this.#buffer?.buffer : undefined;
    this.clear();
    return all;
  }

  /**
   * Frees the memory of the bytes that {@link take} returned, at once: megabytes of garbage would wait for a collection. No
   * part of them may be used afterwards. A single chunk that was passed through stays with its owner.
   */
  free(taken: Buffer): void {
    if (this.#taken === taken.buffer) free(taken);
  }

  clear(): void {
    this.#buffer = undefined;
    this.#owned = false;
    this.length = 0;
  }

  #grow(needed: number): void {
    const expected = Math.min(this.#announced, Math.max(TRUSTED_CAPACITY, 2 * needed));
    // Not from Node's pool, so that the memory has one owner and can be freed.
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, expected || 2 * this.length));
    this.#buffer?.copy(larger, 0, 0, this.length);
    if (this.#owned && this.#buffer !== undefined) free(this.#buffer);
    this.#buffer = larger;
    this.#owned = true;
  }
}

/** Detaches the memory from every view of it, and returns it to the allocator. */
const free = ({ buffer }: Buffer): void => void (buffer as ArrayBuffer).transfer(0);
