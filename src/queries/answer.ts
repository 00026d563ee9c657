import { hash } from 'node:crypto';
import type { Call, Reply } from '../http/route.ts';
import type { AsOf } from './shapes.ts';

/** The client may keep an answer, but asks each time whether it still holds. */
const CACHE = { 'cache-control': 'private, no-cache', vary: 'authorization, cookie' } as const;

/**
 * The content as an answer with an ETag: 304 if the client has it already. `as_of` is not part of the ETag, because it changes
 * while the content stays.
 */
export function answer(call: Call, content: object, { as_of }: AsOf): Reply {
  const text = JSON.stringify(content);
  const etag = `W/"${hash('sha256', text, 'base64url').slice(0, 27)}"`;
  const headers = { ...CACHE, etag, ...(as_of !== null && { 'thunderline-as-of': as_of }) };
  const known = String(call.request.headers['if-none-match'] ?? '').split(/\s*,\s*/);
  if (known.includes(etag) || known.includes('*')) return { status: 304, type: 'application/json', body: '', headers };
  return { type: 'application/json', body: `${text.slice(0, -1)},"as_of":${JSON.stringify(as_of)}}`, headers };
}
