import { signal } from '@preact/signals';
import { noteServerTime } from './server-clock.ts';

/** An answer that is not a success: the problem of the server, or the failure of the connection. */
export class ApiError extends Error {
  /** HTTP status; 0 if there was no answer. */
  readonly status: number;
  /** The stable code of docs/errors.md; `offline` if there was no answer. */
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** True once an answer said that this browser has no session, or that it has ended. */
export const signedOut = signal(false);

const TIMEOUT_MS = 30_000;

export interface Request {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** {@link requestJson}, for those who get it as an argument. */
export type RequestJson = <T>(path: string, request?: Request) => Promise<T>;

/** Requests JSON from the server of the pages. Throws an `ApiError`, or the reason of `signal`. */
export async function requestJson<T>(path: string, request: Request = {}): Promise<T> {
  const { method = 'GET', body, headers = {}, signal: cancelled } = request;
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const content = body === undefined ? {} : { 'content-type': 'application/json' };
  const sentAt = Date.now();
  try {
    const response = await fetch(path, {
      method,
      headers: { accept: 'application/json', ...content, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: cancelled === undefined ? timeout : AbortSignal.any([cancelled, timeout]),
    });
    noteServerTime(response.headers.get('date'), sentAt, Date.now());
    // The connection may be lost, and the time may pass, before the body is read.
    if (response.ok) return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
    throw await errorOf(response);
  } catch (error) {
    if (error instanceof ApiError) {
      if (error.status === 401) signedOut.value = true;
      throw error;
    }
    if (cancelled?.aborted) throw error;
    throw new ApiError(
      0,
      'offline',
      timeout.aborted ? 'the server did not answer in 30 s' : 'the server is not reachable',
    );
  }
}

/** The members of a problem that the pages show. */
interface ProblemBody {
  readonly code?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly faults?: readonly { readonly path?: string; readonly message?: string }[];
}

async function errorOf(response: Response): Promise<ApiError> {
  const problem = (await response.json().catch(() => ({}))) as ProblemBody;
  const faults = problem.faults?.map(({ path, message }) => `${path ?? 'body'}: ${message ?? ''}`).join('; ');
  const message = faults || (problem.detail ?? problem.title ?? `the server answered ${response.status}`);
  return new ApiError(response.status, problem.code ?? 'unknown', message);
}
