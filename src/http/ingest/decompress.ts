import { Problem } from '../problem.ts';
import { DECODERS, type Decoder } from './decoders.ts';
import type { Encoding } from './media.ts';
import { ClientGone, type WireBody } from './wire-body.ts';

/**
 * Decompresses a body that consists of one compressed stream or of several in a row: gzip members, zstd frames, skippable
 * frames included. Node's decoders drop the bytes after the first stream, so those bytes go to another decoder here. Throws
 * the `Problem` invalid_encoding unless every byte of the body belongs to a complete stream.
 */
export async function* decompress(wire: WireBody, encoding: Exclude<Encoding, 'identity'>): AsyncGenerator<Buffer> {
  const { create, maxStreams } = DECODERS[encoding];
  const invalid = (why: string, cause?: unknown) =>
    new Problem('invalid_encoding', `the body does not decompress as ${encoding}: ${why}`, { cause });

  let rest: Buffer | undefined = Buffer.alloc(0);
  for (let streams = 0; rest !== undefined; streams += 1) {
    if (streams === maxStreams) {
      throw invalid(maxStreams === 1 ? 'bytes follow its end' : `it has more than ${maxStreams} members or frames`);
    }
    const decoder = create();
    const feeding = feed(decoder, rest, wire);
    try {
      yield* decoder as AsyncIterable<Buffer>;
    } catch (error) {
      if (error instanceof Problem || error instanceof ClientGone) throw error;
      throw invalid((error as Error).message, error);
    } finally {
      decoder.destroy();
    }
    const unread: Buffer = await feeding;
    rest = unread.length > 0 ? unread : await wire.read();
  }
}

/** Gives a decoder its input until its stream ends. Resolves with the bytes after that end; never rejects. */
async function feed(decoder: Decoder, first: Buffer, wire: WireBody): Promise<Buffer> {
  let written = 0;
  try {
    for (let chunk: Buffer | undefined = first; chunk !== undefined; chunk = await wire.read()) {
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
