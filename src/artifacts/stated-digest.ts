import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../http/problem.ts';

const DIGEST_BYTES = 32;
/** A member of Content-Digest (RFC 9530): a name and bytes in Base64 between colons. */
const MEMBER = /^\s*([a-z*][a-z0-9_.*-]*)\s*=\s*:([A-Za-z0-9+/=]*):\s*$/i;

/**
 * The SHA-256 of the body that a request states, in hexadecimal digits; undefined if it states none. It is in
 * `Content-Digest: sha-256=:<Base64>:` (RFC 9530) or, as S3 has it, in `x-amz-checksum-sha256: <Base64>`. Throws the `Problem`
 * malformed_request if a header cannot be read, has no SHA-256, or the two differ.
 */
export function statedDigest(headers: IncomingHttpHeaders): string | undefined {
  const own = headers['content-digest'];
  const amazon = headers['x-amz-checksum-sha256'];
  const digests = [
    ...(typeof own === 'string' ? [sha256Member(own)] : []),
    ...(typeof amazon === 'string' ? [decoded(amazon.trim(), 'x-amz-checksum-sha256')] : []),
  ];
  const [first, second = first] = digests;
  if (first !== second) throw malformed('Content-Digest and x-amz-checksum-sha256 state different checksums');
  return first;
}

function sha256Member(header: string): string {
  for (const member of header.split(',')) {
    const [, name = '', value = ''] = MEMBER.exec(member) ?? [];
    if (name.toLowerCase() === 'sha-256') return decoded(value, 'Content-Digest');
  }
  throw malformed('Content-Digest must be sha-256=:<Base64>:, the SHA-256 of the body');
}

function decoded(text: string, header: string): string {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === DIGEST_BYTES && bytes.toString('base64') === text) return bytes.toString('hex');
  throw malformed(`${header} must have the ${DIGEST_BYTES} bytes of a SHA-256 in Base64`);
}

const malformed = (message: string): Problem => new Problem('malformed_request', message);
