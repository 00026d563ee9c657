import { ERRORS, type ErrorCode } from '../errors.ts';
import { withoutSecretForms } from '../redact.ts';

/** Optional parts of a problem answer. */
export interface ProblemDetails {
  /** Seconds after which a retry may succeed; sent as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Further members of the body, such as `rejected`. */
  readonly members?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** An error answer to a request. Its message is sent to the client; its cause is only logged. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: ProblemDetails;

  constructor(code: ErrorCode, message: string, details: ProblemDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.status = ERRORS[code].status ?? 500;
    this.details = details;
  }
}

/** Headers of every answer. They forbid MIME sniffing, framing, caching and sending a referrer. */
export const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
} as const;

/** Details of a problem after which nothing else can be served on the connection. */
export const CLOSE: ProblemDetails = { headers: { connection: 'close' } };

/** The problem of a request for which the stop of the process leaves no time. */
export const shuttingDown = (): Problem =>
  new Problem('shutting_down', 'the gateway is stopping', { retryAfterSeconds: 1 });

const firstSentence = (text: string): string => text.slice(0, text.indexOf('. ') + 1 || undefined);

/** The body of a problem answer (RFC 9457). Its text may repeat what the client sent, such as a path with a key in it. */
export const problemBody = ({ code, status, message, details }: Problem): string =>
  JSON.stringify({
    type: `urn:thunderline:error:${code}`,
    title: firstSentence(ERRORS[code].meaning),
    status,
    code,
    detail: withoutSecretForms(message),
    ...details.members,
  });

/** The headers of a problem answer, `content-length` included. */
export const problemHeaders = ({ details }: Problem, body: string): Record<string, string | number> => ({
  'content-type': 'application/problem+json',
  'content-length': Buffer.byteLength(body),
  ...SECURITY_HEADERS,
  ...(details.retryAfterSeconds === undefined ? {} : { 'retry-after': details.retryAfterSeconds }),
  ...details.headers,
});
