import type { IncomingMessage } from 'node:http';
import { Problem } from './problem.ts';

export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** The `Idempotency-Key` of a request, if it has one. Throws the `Problem` malformed_request. */
export function readIdempotencyKey({ headers }: IncomingMessage): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined || (typeof key === 'string' && IDEMPOTENCY_KEY.test(key))) return key as string | undefined;
  throw new Problem('malformed_request', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
}
