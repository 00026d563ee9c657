const HEAD_BYTES = 16_384;
const TAIL_BYTES = 49_152;

/** The start and the end of an output of any length: its first 16 KiB and its last 48 KiB, in bounded memory. */
export class Excerpt {
  #bytes = 0;
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer[] = [];
  #tailBytes = 0;

  /** The length of the whole output. */
  get bytes(): number {
    return this.#bytes;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    const head = chunk.subarray(0, HEAD_BYTES - this.#headBytes);
    if (head.length > 0) this.#head.push(head);
    this.#headBytes += head.length;
    const rest = chunk.subarray(head.length);
    if (rest.length === 0) return;
    this.#tail.push(rest);
    this.#tailBytes += rest.length;
    // Joined only now and then, because each join copies the tail.
    if (this.#tailBytes > 4 * TAIL_BYTES || this.#tail.length > 1_000) this.#trim();
  }

  /** Text that JSON and Postgres can hold: invalid UTF-8 and NUL become U+FFFD. */
  text(): string {
    this.#trim();
    const omitted = this.#bytes - this.#headBytes - this.#tailBytes;
    const gap = omitted > 0 ? `\n[${omitted} bytes omitted]\n` : '';
    const text = Buffer.concat(this.#head).toString('utf8') + gap + Buffer.concat(this.#tail).toString('utf8');
    return text.replaceAll('\0', '\ufffd');
  }

  #trim(): void {
    const joined = Buffer.concat(this.#tail).subarray(-TAIL_BYTES);
    this.#tail = joined.length > 0 ? [Buffer.from(joined)] : [];
    this.#tailBytes = joined.length;
  }
}
