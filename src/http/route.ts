import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from '../access/access.ts';
import type { Scope } from '../access/scopes.ts';
import type { ErrorCode } from '../errors.ts';
import type { Reservation } from './budget.ts';
import type { Schema } from './openapi/kinds.ts';

/**
 * One address of the API: everything about it in one value. `HttpServer.serve` adds it to the server, and
 * `/openapi.json` describes it from then on.
 */
export interface Route {
  /** The operation's name in `/openapi.json`, such as `postEvents`. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** The path as OpenAPI writes it: `/api/runs/{run}`, or `ANY_PAGE`. Also the `route` label of the HTTP metrics. */
  readonly path: string;
  /**
   * The scope a key needs; null makes the route public. Only routes that reveal nothing about a run are public: health,
   * which load balancers request without a key, and the description of the API, which is the same everywhere.
   */
  readonly scope: Scope | null;
  /**
   * For a key that is bound to runs. A route with `{run}` in its path needs nothing: it is served if the key reaches that
   * run. Any other route is refused to such a key, unless it states `handler`: its handler applies `access.runPrefix` to
   * all that it reads and writes.
   */
  readonly boundKeys?: 'handler';
  /**
   * `handler`: the body may take longer than HTTP_REQUEST_TIMEOUT_MS, and the handler itself ends a request whose body does
   * not arrive. Any other route has its body within that time, or the request is answered 408.
   */
  readonly bodyTime?: 'handler';
  readonly operation: Operation;
  /** Serves one request. Returns the answer; an error it throws becomes a problem. */
  handle(call: Call): Promise<Reply | undefined> | Reply | undefined;
}

/** A route's part of `/openapi.json`. The codes that any route may answer with are added to it. */
export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly Schema[];
  readonly requestBody?: Schema;
  /** Answers by status, apart from the problems. */
  readonly responses: Readonly<Record<number, Schema>>;
  /** Codes of the problems that only this route answers with. */
  readonly problems?: readonly ErrorCode[];
  /** Members of its problems besides the usual ones. */
  readonly problemMembers?: Readonly<Record<string, Schema>>;
  /** Component schemas that it refers to. */
  readonly schemas?: Readonly<Record<string, Schema>>;
}

/** One request to a route. */
export interface Call {
  readonly request: IncomingMessage;
  /** For a handler that writes its own answer, such as a stream; it returns undefined. */
  readonly response: ServerResponse;
  readonly access: Access;
  /**
   * Authenticates the same request again, for a long-lived answer: throws or rejects with `AccessRefused` if it would
   * not be admitted any more, because its key was revoked or has expired.
   */
  readonly readmit: () => Promise<Access> | Access;
  /** Opens a reservation for memory of this request, within the share of its client; released when the answer has been sent. */
  readonly reserve: () => Reservation;
  /** The id of the trace of this request, if it is recorded. */
  readonly traceId?: string | undefined;
  /** The decoded values of the `{names}` in the path. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A whole answer. The security headers and those of the caller's allowance are added to it. */
export interface Reply {
  /** 200 if absent. */
  readonly status?: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A value as a JSON answer. */
export const jsonReply = (value: unknown, status = 200): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(value),
});

/** The query of a request, decoded. */
export const queryOf = ({ url = '' }: IncomingMessage): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/** Whether the client sends its body only after `response.writeContinue()`. */
export const awaitsContinue = ({ headers, httpVersion }: IncomingMessage): boolean =>
  headers.expect !== undefined && httpVersion === '1.1';
