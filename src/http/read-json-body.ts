import type { IncomingMessage } from 'node:http';
import type { Access } from '../access/access.ts';
import type { Fault } from '../events/fault.ts';
import type { Reservation } from './budget.ts';
import { announcedBytes, bodyTooLarge } from './ingest/limits.ts';
import { ClientGone, onBodyFailure } from './ingest/wire-body.ts';
import { type JsonLimits, readJson } from './json/read-json.ts';
import { Problem } from './problem.ts';
import { awaitsContinue, type Call } from './route.ts';

export type JsonBody =
  | { readonly ok: true; readonly value: unknown }
  /** The body is JSON that breaks a rule of its own, such as a key that is given twice. */
  | { readonly ok: false; readonly fault: Fault };

const NOT_JSON = new Set(['malformed_json', 'invalid_encoding']);

/**
 * Reads the body of a small JSON request, as strictly as events are read: at most `limits.maxBytes`, uncompressed,
 * UTF-8. Throws the `Problem` unsupported_media_type, body_too_large, overloaded, malformed_json or invalid_encoding;
 * resolves with undefined if the client disconnected, which needs no answer.
 */
export async function readJsonBody(
  { request, response, access, reserve }: Call,
  limits: JsonLimits,
): Promise<JsonBody | undefined> {
  requireJson(request);
  access.requireCredit();
  announcedBytes(request, limits.maxBytes);
  if (awaitsContinue(request)) response.writeContinue();
  const bytes = await readBytes(request, access, reserve(), limits.maxBytes).catch((error: unknown) => {
    if (error instanceof ClientGone) return undefined;
    throw error;
  });
  if (bytes === undefined) return undefined;
  const read = readJson(bytes, limits);
  if (!read.ok && NOT_JSON.has(read.fault.code)) throw new Problem(read.fault.code, `the body ${read.fault.message}`);
  return read;
}

function requireJson({ headers }: IncomingMessage): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = parameters.map((text) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(text)?.[1]).find(Boolean);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (type.trim() === 'application/json' && /^(?:utf-?8)?$/.test(charset ?? '') && encoding === 'identity') return;
  throw new Problem('unsupported_media_type', 'send the body as application/json in UTF-8, uncompressed', {
    headers: { 'accept-post': 'application/json', 'accept-encoding': 'identity' },
  });
}

function readBytes(
  request: IncomingMessage,
  access: Access,
  reservation: Reservation,
  maxBytes: number,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    let isSettled = false;
    const settle = (error?: Error): void => {
      if (isSettled) return;
      isSettled = true;
      request.off('data', onData);
      access.spend(0, length);
      if (error === undefined) resolve(Buffer.concat(chunks, length));
      else reject(error);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      if (length > maxBytes) throw bodyTooLarge(maxBytes);
      reservation.take(chunk.length);
      chunks.push(chunk);
    };
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        settle(error as Error);
      }
    };
    request.on('data', onData);
    request.once('end', () => settle());
    onBodyFailure(request, settle);
  });
}
