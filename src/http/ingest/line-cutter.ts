import { withoutMark } from '../json/read-json.ts';
import { Problem } from '../problem.ts';
import { ByteJoiner } from './byte-joiner.ts';

const NEWLINE = 0x0a;

/** A line, or the length of one that is too long to be kept. */
export type Line = Buffer | { readonly tooLongBytes: number };

const isBlank = (line: Buffer): boolean => {
  for (const byte of line) if (byte !== 0x20 && byte !== 0x0d && byte !== 0x09) return false;
  return true;
};

/**
 * Cuts a stream of bytes into lines, holding at most one unfinished line of `maxBytes`. A longer line is measured and not
 * kept. Blank lines are left out, and so is a byte order mark at the start of the stream.
 */
export class LineCutter {
  readonly #maxBytes: number;
  readonly #maxBlanks: number;
  readonly #held = new ByteJoiner();
  /** Bytes of the unfinished line, kept or not. */
  #bytes = 0;
  #blanks = 0;
  #isFirst = true;

  /** @param maxBlanks blank lines beyond which {@link push} throws the `Problem` malformed_request. */
  constructor(maxBytes: number, maxBlanks: number) {
    this.#maxBytes = maxBytes;
    this.#maxBlanks = maxBlanks;
  }

  /** The lines that end in `chunk`. */
  *push(chunk: Buffer): Generator<Line> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      yield* this.#finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
  }

  /** The last line, if no newline ends it. */
  *end(): Generator<Line> {
    if (this.#bytes > 0) yield* this.#finish(Buffer.alloc(0));
  }

  #hold(part: Buffer): void {
    this.#bytes += part.length;
    if (this.#bytes > this.#maxBytes) this.#held.clear();
    else this.#held.push(part);
  }

  *#finish(part: Buffer): Generator<Line> {
    this.#hold(part);
    const bytes = this.#bytes;
    this.#bytes = 0;
    const line = this.#isFirst ? withoutMark(this.#held.take()) : this.#held.take();
    this.#isFirst = false;
    if (bytes > this.#maxBytes) yield { tooLongBytes: bytes };
    else if (!isBlank(line)) yield line;
    else if (++this.#blanks > this.#maxBlanks) {
      throw new Problem('malformed_request', `the body has more than ${this.#maxBlanks} blank lines; remove them`);
    }
  }
}
