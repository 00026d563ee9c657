import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { Encoding } from './media.ts';

/** Decompresses one stream. `bytesWritten` counts the bytes it consumed: those after the end of the stream are not among them. */
export type Decoder = Transform & { readonly bytesWritten: number };

export interface DecoderKind {
  readonly create: () => Decoder;
  /** Memory a decoder may hold besides its output, in bytes. The sender chooses the window; memory follows the output. */
  readonly windowBytes: number;
  /** Whether a body may consist of several streams: gzip members (RFC 1952, 2.2) or zstd frames (RFC 8878, 3). */
  readonly takesSeveral: boolean;
}

const KIBIBYTE = 1_024;
const CHUNK = { chunkSize: 64 * KIBIBYTE };

/** Decoders must accept windows of 8 MiB (RFC 8878, section 3.1.1.1.2), and need not accept larger ones. */
const ZSTD_WINDOW_LOG = 23;
const ZSTD = { ...CHUNK, params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } };

/** Zstd frames of one body, because each may need a decoder of its own, and an empty frame has only nine bytes. */
export const MAX_ZSTD_FRAMES = 1_000;

export const DECODERS: Readonly<Record<Exclude<Encoding, 'identity'>, DecoderKind>> = {
  gzip: { create: () => zlib.createGunzip(CHUNK), windowBytes: 32 * KIBIBYTE, takesSeveral: true },
  deflate: { create: () => zlib.createInflate(CHUNK), windowBytes: 32 * KIBIBYTE, takesSeveral: false },
  br: { create: () => zlib.createBrotliDecompress(CHUNK), windowBytes: 16 * KIBIBYTE * KIBIBYTE, takesSeveral: false },
  zstd: { create: () => zlib.createZstdDecompress(ZSTD), windowBytes: 2 ** ZSTD_WINDOW_LOG, takesSeveral: true },
};
