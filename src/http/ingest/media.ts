import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { PassThrough } from 'node:stream';
import zlib from 'node:zlib';
import { Problem } from '../problem.ts';

export type Format = 'json' | 'ndjson';

export const FORMATS: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};

/** A way a body may be compressed. */
interface Encoding {
  readonly create: () => Transform;
  /** What its decoder may hold beside its output, in bytes. A sender chooses the window; memory follows the output. */
  readonly windowBytes: number;
}

const KIBIBYTE = 1_024;
const CHUNK = { chunkSize: 64 * KIBIBYTE };

/** Decoders must take windows of 8 MiB (RFC 8878, section 3.1.1.1.2), and need not take larger ones. */
const ZSTD_WINDOW_LOG = 23;
const ZSTD = { ...CHUNK, params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } };

export const ENCODINGS = {
  identity: { create: () => new PassThrough(), windowBytes: 0 },
  gzip: { create: () => zlib.createGunzip(CHUNK), windowBytes: 32 * KIBIBYTE },
  deflate: { create: () => zlib.createInflate(CHUNK), windowBytes: 32 * KIBIBYTE },
  br: { create: () => zlib.createBrotliDecompress(CHUNK), windowBytes: 16 * KIBIBYTE * KIBIBYTE },
  zstd: { create: () => zlib.createZstdDecompress(ZSTD), windowBytes: 2 ** ZSTD_WINDOW_LOG },
} as const satisfies Readonly<Record<string, Encoding>>;

export type EncodingName = keyof typeof ENCODINGS;

const FORMAT_NAMES = Object.keys(FORMATS).join(', ');
const ENCODING_NAMES = Object.keys(ENCODINGS).join(', ');
/** Tells a client what it may send instead (RFC 7694, section 3; Accept-Post by the Linked Data Platform). */
const ACCEPT = { 'accept-post': FORMAT_NAMES, 'accept-encoding': ENCODING_NAMES };

/** The format of the body. Throws the `Problem` unsupported_media_type. */
export function formatOf({ headers }: IncomingMessage): Format {
  const header = headers['content-type'];
  if (header === 'application/json') return 'json';
  const [type = '', ...parameters] = (header ?? '').toLowerCase().split(';');
  const format = Object.hasOwn(FORMATS, type.trim()) ? FORMATS[type.trim()] : undefined;
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(text)?.[1]).find(Boolean);
  if (format === undefined) throw unsupported(`Content-Type must be one of ${FORMAT_NAMES}`);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    throw unsupported(`the charset must be utf-8, not ${charset.slice(0, 40)}`);
  }
  return format;
}

/** How the body is compressed. Throws the `Problem` unsupported_media_type. */
export function encodingOf({ headers }: IncomingMessage): EncodingName {
  const header = headers['content-encoding'];
  if (header === undefined) return 'identity';
  const name = header
    .trim()
    .toLowerCase()
    .replace(/^x-gzip$/, 'gzip');
  if (Object.hasOwn(ENCODINGS, name)) return name as EncodingName;
  throw unsupported(`Content-Encoding must be one of ${ENCODING_NAMES}`);
}

const unsupported = (message: string): Problem => new Problem('unsupported_media_type', message, { headers: ACCEPT });
