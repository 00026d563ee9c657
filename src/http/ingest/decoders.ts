import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { Encoding } from './media.ts';

/** Decompresses one stream. `bytesWritten` counts the bytes it consumed: those after the end of the stream are not among them. */
export type Decoder = Transform & { readonly bytesWritten: number };

export interface DecoderKind {
  readonly create: () => Decoder;
  /** Memory a decoder may hold besides its output, in bytes. The sender chooses the window; memory follows the output. */
  readonly windowBytes: number;
  /** Compressed streams one body may consist of: gzip members (RFC 1952, 2.2) or zstd frames (RFC 8878, 3). */
  readonly maxStreams: number;
}

const KIBIBYTE = 1_024;
const CHUNK = { chunkSize: 64 * KIBIBYTE };

/** Decoders must accept windows of 8 MiB (RFC 8878, section 3.1.1.1.2), and need not accept larger ones. */
const ZSTD_WINDOW_LOG = 23;
const ZSTD = { ...CHUNK, params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } };

/** Each stream needs a decoder of its own, and an empty zstd frame has only nine bytes. */
const MAX_STREAMS = 1_000;

export const DECODERS: Readonly<Record<Exclude<Encoding, 'identity'>, DecoderKind>> = {
  gzip: { create: () => zlib.createGunzip(CHUNK), windowBytes: 32 * KIBIBYTE, maxStreams: MAX_STREAMS },
  deflate: { create: () => zlib.createInflate(CHUNK), windowBytes: 32 * KIBIBYTE, maxStreams: 1 },
  br: { create: () => zlib.createBrotliDecompress(CHUNK), windowBytes: 16 * KIBIBYTE * KIBIBYTE, maxStreams: 1 },
  zstd: { create: () => zlib.createZstdDecompress(ZSTD), windowBytes: 2 ** ZSTD_WINDOW_LOG, maxStreams: MAX_STREAMS },
};
