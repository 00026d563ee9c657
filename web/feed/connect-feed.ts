import { followLive, LiveRefused } from '../../src/live/follow-live.ts';
import type { LiveFrameName } from '../../src/live/frames.ts';
import { errorText } from '../api/error-text.ts';

/** The state of the connection, for the page to show. */
export type FeedState =
  /** The page shows nothing that moves. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** The next attempt is at `retryAt`, in epoch milliseconds. */
  | { readonly kind: 'waiting'; readonly retryAt: number; readonly reason: string }
  /** The session has ended, or the feed needs a key. */
  | { readonly kind: 'signed-out' };

export interface FeedConnection {
  /** The position after the last frame. */
  readonly position: () => string;
  close(): void;
}

export interface ConnectFeed {
  /** The filter as a query, without the position. */
  readonly query: string;
  /** Where to start; empty for what comes next. */
  readonly from: string;
  readonly onFrame: (name: LiveFrameName, data: unknown, position: string) => void;
  readonly onState: (state: FeedState) => void;
}

/** The pause after a refusal that will not change by itself, such as that of a server without a feed. */
const REFUSED_WAIT_MS = 20_000;

/** Follows `/api/live` until it is closed, from its position, over lost connections and restarts of the server. */
export function connectFeed({ query, from, onFrame, onState }: ConnectFeed): FeedConnection {
  const stop = new AbortController();
  let position = from;

  function wait(reason: string, pauseMs: number): void {
    onState({ kind: 'waiting', retryAt: Date.now() + pauseMs, reason });
  }

  const follow = (): Promise<void> =>
    followLive({
      url: `/api/live?${query}`,
      ...(position !== '' && { position }),
      signal: stop.signal,
      onFrame({ name, data, id }) {
        position = id;
        if (name === 'hello') onState({ kind: 'live' });
        onFrame(name, data, id);
      },
      onInterrupted: wait,
    });

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      onState({ kind: 'connecting' });
      try {
        await follow();
      } catch (error) {
        if (stop.signal.aborted) return;
        const status = error instanceof LiveRefused ? error.status : 0;
        if (status === 401 || status === 403) return onState({ kind: 'signed-out' });
        wait(errorText(error), REFUSED_WAIT_MS);
        await delay(REFUSED_WAIT_MS, stop.signal);
      }
    }
  }

  void run();
  return { position: () => position, close: () => stop.abort() };
}

const delay = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
