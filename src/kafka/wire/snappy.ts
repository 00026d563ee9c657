import { UnpackLimit } from './unpack-limit.ts';

/**
 * Java clients, and those that follow them, cut the content into blocks after this header ("xerial" framing), its
 * version and the oldest compatible version; librdkafka writes a single block without a header.
 */
const FRAMED_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const FRAMED_HEADER_BYTES = 16;

/** The content of snappy blocks. Throws when the bytes are malformed or the content exceeds `maxBytes`. */
export async function unpackSnappy(bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const blocks = isFramed(bytes, 0) ? blocksOf(bytes) : [bytes];
  const limit = new UnpackLimit(maxBytes);
  limit.check(blocks.reduce((sum, block) => sum + contentLength(block), 0));
  // The native code is loaded for the first snappy batch, because most processes never read one.
  const { uncompress } = await import('snappy');
  const contents = await Promise.all(blocks.map((block) => uncompress(block, { asBuffer: true }) as Promise<Buffer>));
  return contents.length === 1 ? (contents[0] as Buffer) : Buffer.concat(contents);
}

const isFramed = (bytes: Buffer, at: number): boolean =>
  FRAMED_MAGIC.equals(bytes.subarray(at, at + FRAMED_MAGIC.length));

function blocksOf(bytes: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    // Streams may be concatenated, each with a header of its own.
    if (isFramed(bytes, at)) {
      at += FRAMED_HEADER_BYTES;
      continue;
    }
    const size = at + 4 <= bytes.length ? bytes.readInt32BE(at) : -1;
    const end = at + 4 + size;
    if (size <= 0 || end > bytes.length) throw new Error('a snappy block is cut off');
    blocks.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}

/** The length of a block's content, which precedes it in groups of seven bits. */
function contentLength(block: Buffer): number {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length;
  }
  throw new Error('a snappy block has no length');
}
