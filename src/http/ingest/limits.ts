import type { IncomingMessage } from 'node:http';
import type { EventLimits } from '../../events/fault.ts';
import type { JsonLimits } from '../json/read-json.ts';
import { Problem } from '../problem.ts';

/** The bounds of one body and of the events in it. */
export interface IngestLimits {
  /** Bytes on the wire. */
  readonly maxBodyBytes: number;
  /** Bytes after decompression. */
  readonly maxDecodedBytes: number;
  readonly maxEvents: number;
  readonly event: EventLimits;
  /** One event as JSON, before its fields are known. */
  readonly json: JsonLimits;
}

export const bodyTooLarge = (maxBytes: number): Problem =>
  new Problem('body_too_large', `the body has more than ${maxBytes} bytes`);

export const decodedTooLarge = (maxBytes: number): Problem =>
  new Problem('decoded_too_large', `the body has more than ${maxBytes} bytes after decompression`);

/** The announced length of a body in bytes; undefined if its head announces none. Throws the `Problem` body_too_large. */
export function announcedBytes({ headers }: IncomingMessage, maxBytes: number): number | undefined {
  const header = headers['content-length'];
  if (header === undefined) return undefined;
  const bytes = Number(header);
  if (bytes > maxBytes) throw bodyTooLarge(maxBytes);
  return bytes;
}
