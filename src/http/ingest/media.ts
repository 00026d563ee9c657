import type { IncomingMessage } from 'node:http';
import { Problem } from '../problem.ts';

export type Format = 'json' | 'ndjson';

export const FORMATS: Readonly<Record<string, Format>> = {
  'application/json': 'json',
  'application/x-ndjson': 'ndjson',
  'application/ndjson': 'ndjson',
  'application/jsonl': 'ndjson',
};

export const ENCODINGS = ['identity', 'gzip', 'deflate', 'br', 'zstd'] as const;

export type Encoding = (typeof ENCODINGS)[number];

const FORMAT_NAMES = Object.keys(FORMATS).join(', ');
const ENCODING_NAMES = ENCODINGS.join(', ');

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

/** The encoding of the body. Throws the `Problem` unsupported_media_type. */
export function encodingOf({ headers }: IncomingMessage): Encoding {
  const header = headers['content-encoding'];
  if (header === undefined) return 'identity';
  const name = header
    .trim()
    .toLowerCase()
    .replace(/^x-gzip$/, 'gzip');
  const encoding = ENCODINGS.find((candidate) => candidate === name);
  if (encoding === undefined) throw unsupported(`Content-Encoding must be one of ${ENCODING_NAMES}`);
  return encoding;
}

/** The headers name what the route accepts (Accept-Encoding: RFC 7694, section 3; Accept-Post: Linked Data Platform, 7.1). */
const unsupported = (message: string): Problem =>
  new Problem('unsupported_media_type', message, {
    headers: { 'accept-post': FORMAT_NAMES, 'accept-encoding': ENCODING_NAMES },
  });
