import { setImmediate as nextTurn } from 'node:timers/promises';

const FIRST_CAPACITY = 16_384;
/** A buffer up to this size is allocated at once when the announced length asks for it; longer bodies are held in blocks. */
const BLOCK_BYTES = 1_048_576;

interface Block {
  readonly bytes: Buffer;
  /** Whether its memory was allocated here, and may be written to and freed. */
  readonly owned: boolean;
}

/**
 * Joins chunks into one buffer. Chunks are copied and released, so that a client that sends a byte at a time does not make
 * the gateway keep a buffer for each. A single chunk is passed through as it is. Beyond {@link BLOCK_BYTES} the bytes are held
 * in blocks, which are copied once: a buffer that doubles would stall the event loop with each copy of many megabytes.
 */
export class ByteJoiner {
  readonly #announced: number;
  #blocks: Block[] = [];
  #buffer: Buffer | undefined;
  /** Whether the buffer was allocated here. */
  #owned = false;
  /** Bytes of the buffer that are in use. */
  #used = 0;
  /** The memory of the bytes that were taken last, if it was allocated here. */
  #taken: ArrayBufferLike | undefined;
  length = 0;

  /** @param announced length to expect, if it is known. It only guides the capacity: memory follows what was pushed. */
  constructor(announced = 0) {
    this.#announced = announced;
  }

  push(chunk: Buffer): void {
    const used = this.#used + chunk.length;
    if (this.#buffer === undefined) {
      this.#buffer = chunk;
    } else if (used > BLOCK_BYTES) {
      this.#startBlock(chunk);
      return;
    } else {
      if (!this.#owned || used > this.#buffer.length) this.#grow(used);
      chunk.copy(this.#buffer, this.#used);
    }
    this.#used = used;
    this.length += chunk.length;
  }

  /** Whether {@link take} would copy so much that {@link takeInTurns} is to be preferred. */
  get isLong(): boolean {
    return this.#blocks.length > 0;
  }

  /** All bytes pushed since the last call; the joiner is empty afterwards. */
  take(): Buffer {
    if (this.isLong) {
      const joining = this.#join();
      for (;;) {
        const step = joining.next();
        if (step.done === true) return step.value;
      }
    }
    const all = this.#buffer?.subarray(0, this.#used) ?? Buffer.alloc(0);
    this.#taken = this.#owned ? this.#buffer?.buffer : undefined;
    this.clear();
    return all;
  }

  /** The same, a block in each turn of the event loop. */
  async takeInTurns(): Promise<Buffer> {
    const joining = this.#join();
    for (;;) {
      const step = joining.next();
      if (step.done === true) return step.value;
      await nextTurn();
    }
  }

  /**
   * Frees the memory of the bytes that {@link take} returned, at once: megabytes of garbage would wait for a collection. No
   * part of them may be used afterwards. A single chunk that was passed through stays with its owner.
   */
  free(taken: Buffer): void {
    if (this.#taken === taken.buffer) free(taken);
  }

  /** Drops everything pushed since the last {@link take}, and frees its memory. */
  discard(): void {
    for (const { bytes, owned } of this.#allBlocks()) if (owned) free(bytes);
    this.clear();
  }

  clear(): void {
    this.#blocks = [];
    this.#buffer = undefined;
    this.#owned = false;
    this.#used = 0;
    this.length = 0;
  }

  #allBlocks(): Block[] {
    const last = this.#buffer?.subarray(0, this.#used);
    return last === undefined ? this.#blocks : [...this.#blocks, { bytes: last, owned: this.#owned }];
  }

  /** Copies the blocks into one buffer, and frees each of them; yields after each. */
  *#join(): Generator<undefined, Buffer> {
    const blocks = this.#allBlocks();
    const all = Buffer.allocUnsafeSlow(this.length);
    this.clear();
    let at = 0;
    for (const { bytes, owned } of blocks) {
      bytes.copy(all, at);
      at += bytes.length;
      if (owned) free(bytes);
      yield;
    }
    this.#taken = all.buffer;
    return all;
  }

  #startBlock(chunk: Buffer): void {
    this.#blocks = this.#allBlocks();
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, chunk.length));
    this.#owned = true;
    this.#used = chunk.copy(this.#buffer);
    this.length += chunk.length;
  }

  #grow(needed: number): void {
    const expected = Math.min(this.#announced, BLOCK_BYTES) || 2 * this.#used;
    // Not from Node's pool, so that the memory has one owner and can be freed.
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY, needed, expected));
    this.#buffer?.copy(larger, 0, 0, this.#used);
    if (this.#owned && this.#buffer !== undefined) free(this.#buffer);
    this.#buffer = larger;
    this.#owned = true;
  }
}

/** Detaches the memory from every view of it, and returns it to the allocator. */
const free = ({ buffer }: Buffer): void => void (buffer as ArrayBuffer).transfer(0);
