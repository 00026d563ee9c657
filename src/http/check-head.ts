import type { IncomingMessage } from 'node:http';
import { HOST, isLoopbackHost } from '../access/loopback.ts';
import { CLOSE, Problem } from './problem.ts';

const CONTINUE = /^\s*100-continue\s*$/i;

/** Returns the problem of a request head, if it has one. */
export type CheckHead = (request: IncomingMessage) => Problem | undefined;

/**
 * Finds the request heads that Node's parser accepts but this server must not serve: another HTTP version, no or
 * several hosts, another header twice that counts once, a transfer coding it does not implement. The framing of such a
 * request is ambiguous, so its connection is closed.
 *
 * @param isOpen whether the server admits everyone. Then it answers only to the names of this machine, or any web page
 *   could make its own name resolve to 127.0.0.1 and read the answers (DNS rebinding).
 */
export function createCheckHead(isOpen: () => boolean): CheckHead {
  // Nearly all requests name the same host, so the last one that passed is not checked again.
  let validHost: string | undefined;
  let loopbackHost: string | undefined;

  return (request) => {
    const { headers, httpVersionMajor, httpVersionMinor } = request;
    if (httpVersionMajor !== 1) return new Problem('version_not_supported', 'this server supports HTTP/1.1', CLOSE);
    const hosts = countHosts(request.rawHeaders);
    const repeated = repeatedHeader(request.rawHeaders);
    if (repeated !== undefined) return malformed(`a request has one ${repeated} header, not several`);
    if (hosts > 1 || (hosts === 0 && httpVersionMinor > 0))
      return malformed(`a request has one Host header, not ${hosts}`);
    const encoding = headers['transfer-encoding'];
    if (encoding !== undefined) {
      if (httpVersionMinor === 0) return malformed('HTTP/1.0 does not have Transfer-Encoding');
      if (encoding.trim().toLowerCase() !== 'chunked') {
        const message = 'the only supported transfer coding is chunked; compress with Content-Encoding';
        return new Problem('transfer_coding_not_supported', message, CLOSE);
      }
    }
    if (headers.expect !== undefined && httpVersionMinor > 0 && !CONTINUE.test(headers.expect)) {
      return new Problem('expectation_failed', 'the only supported expectation is 100-continue', CLOSE);
    }
    const { host = '' } = headers;
    if (host !== validHost) {
      if (!HOST.test(host)) return malformed('the Host header is not a host and port');
      validHost = host;
    }
    if (!isOpen()) return undefined;
    if (host !== loopbackHost && hosts > 0) {
      if (!isLoopbackHost(host)) return misdirected();
      loopbackHost = host;
    }
    return isLoopbackTarget(request.url ?? '') ? undefined : misdirected();
  };
}

const malformed = (message: string): Problem => new Problem('malformed_request', message, CLOSE);

const misdirected = (): Problem =>
  new Problem(
    'misdirected_request',
    'without API keys this server answers only to loopback hosts such as localhost; create a key, or use such a host',
  );

/**
 * Headers besides Host that a request has at most once. If there are several, Node keeps the first or joins them, and a
 * proxy in front of this server may have judged the request by a different one.
 */
const SINGLE_HEADERS = ['content-type', 'authorization', 'idempotency-key', 'content-encoding', 'thunderline-sent-at'];
/** Each at the index that is its length, because every name of a request is looked up. */
const SINGLE_BY_LENGTH: readonly (string | undefined)[] = Array.from({ length: 20 }, (_, length) =>
  SINGLE_HEADERS.find((name) => name.length === length),
);

/** The name of a header that a request has several times although it may have it once. */
function repeatedHeader(rawHeaders: readonly string[]): string | undefined {
  let seen = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    const single = SINGLE_BY_LENGTH[name.length];
    if (single === undefined || (name !== single && name.toLowerCase() !== single)) continue;
    const bit = 1 << name.length;
    if ((seen & bit) !== 0) return single;
    seen |= bit;
  }
  return undefined;
}

/** Node keeps only the first of several Host headers, so they are counted in the raw list of names and values. */
function countHosts(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/** The host of a request target in absolute form takes precedence over the Host header (RFC 9112, section 3.2.2). */
function isLoopbackTarget(url: string): boolean {
  if (url.startsWith('/') || !URL.canParse(url)) return true;
  return isLoopbackHost(new URL(url).host);
}
