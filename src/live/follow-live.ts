import type { LiveFrameName, LiveFrames } from './frames.ts';
import { createSseParser } from './sse-parser.ts';

/*
 * The client of `GET /api/live`, for pages and terminals alike; nothing here needs Node. `EventSource` is no
 * substitute: it gives up permanently at any status but 200, reports no status, and loses its position when it is
 * created again.
 */

/** A frame with the id of the position after it. */
export type LiveFrame = {
  readonly [Name in LiveFrameName]: { readonly name: Name; readonly data: LiveFrames[Name]; readonly id: string };
}[LiveFrameName];

export interface FollowOptions {
  /** The address of the feed with its filter, such as `http://127.0.0.1:4000/api/live?model_run_id=m1`. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The position to continue from: `as_of` of an answer, or the id of a frame. */
  readonly position?: string;
  readonly signal: AbortSignal;
  readonly onFrame: (frame: LiveFrame) => void;
  /** Called when a connection is lost or refused for now, with the pause before the next one. */
  readonly onInterrupted?: (cause: string, pauseMs: number) => void;
}

/** The server refuses the request, and would refuse it again. */
export class LiveRefused extends Error {
  override readonly name = 'LiveRefused';
  readonly status: number;
  /** The code of the problem, such as `unauthorized`. */
  readonly code: string | undefined;

  constructor(status: number, code: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const FIRST_RETRY_MS = 1_000;
const GREATEST_RETRY_MS = 30_000;
/** The server writes at least a comment every 15 s. */
const SILENCE_MS = 45_000;
/** Statuses that a later request may not have. */
const TEMPORARY = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Follows the feed until `signal` aborts, over lost connections and restarts of the server: each connection continues from
 * the last frame. Rejects with {@link LiveRefused} if the server refuses the request.
 */
export async function followLive(options: FollowOptions): Promise<void> {
  const { signal, onInterrupted } = options;
  const state: State = { position: options.position, retryMs: undefined, failures: 0 };
  while (!signal.aborted) {
    const cause = await connectOnce(options, state);
    if (signal.aborted) return;
    const pauseMs = state.retryMs ?? backoff(state.failures);
    // The pause that the server asked for applies once; if the server is not ready by then, the client chooses its own
    // pauses.
    state.retryMs = undefined;
    state.failures += 1;
    onInterrupted?.(cause, pauseMs);
    await pause(pauseMs, signal);
  }
}

interface State {
  position: string | undefined;
  retryMs: number | undefined;
  /** Connections without a frame since the last one with one. */
  failures: number;
}

/** A random part of the pause, so that clients that failed together do not return together. */
const backoff = (failures: number): number =>
  (0.2 + 0.8 * Math.random()) * Math.min(GREATEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);

/** Reads one connection to its end, and returns why it ended. */
async function connectOnce({ url, headers, signal, onFrame }: FollowOptions, state: State): Promise<string> {
  const silence = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const heard = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  heard();
  let failure: unknown;
  const handOn = (frame: LiveFrame): void => {
    try {
      onFrame(frame);
    } catch (error) {
      failure = error;
      throw error;
    }
  };
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  try {
    const response = await fetch(url, {
      headers: {
        ...headers,
        accept: 'text/event-stream',
        ...(state.position !== undefined && { 'last-event-id': state.position }),
      },
      cache: 'no-store',
      redirect: 'error',
      signal: AbortSignal.any([signal, silence.signal]),
    });
    if (response.status !== 200 || response.body === null) return await refusal(response, state);
    const parse = createSseParser({
      onEvent({ name, data, id }) {
        state.failures = 0;
        handOn({ name, data: JSON.parse(data), id } as LiveFrame);
        state.position = id;
      },
      onRetry(ms) {
        state.retryMs = ms;
      },
    });
    const decoder = new TextDecoder();
    // Safari has no `for await` over a stream.
    reader = response.body.getReader();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return 'the server ended the connection';
      heard();
      parse(decoder.decode(value, { stream: true }));
    }
  } catch (error) {
    if (error === failure || error instanceof LiveRefused || !isInterruption(error)) throw error;
    return silence.signal.aborted ? `nothing arrived for ${SILENCE_MS / 1_000} s` : causeOf(error as Error);
  } finally {
    clearTimeout(timer);
    reader?.cancel().catch(() => undefined);
  }
}

/** Errors of `fetch` and of its body; any other is of the caller. Their class may be of another realm, so names count. */
function isInterruption(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return 'code' in error || ('name' in error && (error.name === 'AbortError' || error.name === 'TypeError'));
}

const causeOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message);

async function refusal(response: Response, state: State): Promise<string> {
  const { status, headers } = response;
  const problem = (await response.json().catch(() => ({}))) as { readonly code?: string; readonly detail?: string };
  const message = `the server answers ${status}${problem.detail === undefined ? '' : `: ${problem.detail}`}`;
  if (!TEMPORARY.has(status)) throw new LiveRefused(status, problem.code, message);
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  if (seconds >= 0) state.retryMs = (seconds + Math.random()) * 1_000;
  return message;
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
