const FIRST_CAPACITY = 16_384;

/**
 * Joins chunks into one buffer. Chunks are copied and let go: a client that sends a byte at a time must not make us keep
 * a buffer for each. A single chunk is passed through as it is.
 */
export class ByteJoiner {
  #buffer: Buffer | undefined;
  /** Whether the buffer is ours to write to. */
  #own = false;
  length = 0;

  /** @param announced length to expect, where it is known. */
  push(chunk: Buffer, announced = 0): void {
    const length = this.length + chunk.length;
    if (this.#buffer === undefined) {
      this.#buffer = chunk;
    } else {
      if (!this.#own || length > this.#buffer.length) this.#grow(Math.max(length, announced, this.length * 2));
      chunk.copy(this.#buffer, this.length);
    }
    this.length = length;
  }

  /** What was gathered; the next push begins anew. */
  take(): Buffer {
    const all = this.#buffer?.subarray(0, this.length) ?? Buffer.alloc(0);
    this.clear();
    return all;
  }

  clear(): void {
    this.#buffer = undefined;
    this.#own = false;
    this.length = 0;
  }

  #grow(capacity: number): void {
    const larger = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, capacity));
    this.#buffer?.copy(larger, 0, 0, this.length);
    this.#buffer = larger;
    this.#own = true;
  }
}
