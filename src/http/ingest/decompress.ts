import { Problem } from '../problem.ts';
import { DECODERS, type Decoder, MAX_ZSTD_FRAMES } from './decoders.ts';
import type { Encoding } from './media.ts';
import { ClientGone, type WireBody } from './wire-body.ts';
import { ZstdFrameCounter } from './zstd-frame-counter.ts';

/**
 * Decompresses a body that consists of one compressed stream or of several in a row: gzip members, zstd frames, skippable
 * frames included. The decoder of gzip reads all members. The others drop the bytes of a chunk after the first stream, so those
 * bytes go to another decoder here. Throws the `Problem` invalid_encoding unless every byte of the body belongs to a complete
 * stream, and when there are more than {@link MAX_ZSTD_FRAMES} frames of zstd.
 */
export async function* decompress(wire: WireBody, encoding: Exclude<Encoding, 'identity'>): AsyncGenerator<Buffer> {
  const { create, takesSeveral } = DECODERS[encoding];
  const invalid = (why: string, cause?: unknown) =>
    new Problem('invalid_encoding', `the body does not decompress as ${encoding}: ${why}`, { cause });

  const frames = encoding === 'zstd' ? new ZstdFrameCounter() : undefined;
  // The number of decoders depends on how the body arrives; the number of frames does not.
  async function read(): Promise<Buffer | undefined> {
    const chunk = await wire.read();
    if (chunk !== undefined && frames !== undefined) {
      frames.push(chunk);
      if (frames.count > MAX_ZSTD_FRAMES) throw invalid(`it has more than ${MAX_ZSTD_FRAMES} frames`);
    }
    return chunk;
  }

  let rest: Buffer | undefined = Buffer.alloc(0);
  for (let streams = 0; rest !== undefined; streams += 1) {
    if (streams === 1 && !takesSeveral) throw invalid('bytes follow its end');
    const decoder = create();
    const feeding = feed(decoder, rest, read);
    try {
      yield* decoder as AsyncIterable<Buffer>;
    } catch (error) {
      if (error instanceof Problem || error instanceof ClientGone) throw error;
      throw invalid((error as Error).message, error);
    } finally {
      decoder.destroy();
    }
    const unread: Buffer = await feeding;
    rest = unread.length > 0 ? unread : await read();
  }
}

/** Reads the next bytes of the body; undefined at its end. */
type Read = () => Promise<Buffer | undefined>;

/** Gives a decoder its input until its stream ends. Resolves with the bytes after that end; never rejects. */
async function feed(decoder: Decoder, first: Buffer, read: Read): Promise<Buffer> {
  let written = 0;
  try {
    for (let chunk: Buffer | undefined = first; chunk !== undefined; chunk = await read()) {
      if (decoder.destroyed) return NOTHING;
      await write(decoder, chunk);
      written += chunk.length;
      const unread = written - decoder.bytesWritten;
      if (unread > 0) return chunk.subarray(chunk.length - unread);
    }
    decoder.end();
  } catch (error) {
    decoder.destroy(error as Error);
  }
  return NOTHING;
}

const NOTHING = Buffer.alloc(0);

/** Resolves when the decoder has consumed what it can of `chunk`. */
const write = (decoder: Decoder, chunk: Buffer): Promise<void> =>
  new Promise((resolve) => decoder.write(chunk, () => resolve()));
