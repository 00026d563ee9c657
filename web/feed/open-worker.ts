import type { FeedMessage, PageMessage } from './feed-hub.ts';

/** The part of a `SharedWorker` that is used. */
export interface FeedWorker {
  onerror: ((event: never) => void) | null;
  readonly port: {
    onmessage: ((event: never) => void) | null;
    postMessage(message: PageMessage): void;
    close(): void;
  };
}

export interface OpenWorker {
  readonly page: string;
  readonly start: () => FeedWorker;
  readonly receive: (message: FeedMessage) => void;
  /** The script of the worker cannot be loaded, or has failed: nothing will come from it. */
  readonly onLost: () => void;
}

/** Connects the page with the shared worker. Returns a function that sends to it. */
export function openWorker({ page, start, receive, onLost }: OpenWorker): (message: PageMessage) => void {
  const worker = start();
  const { port } = worker;
  port.onmessage = ({ data }: { readonly data: FeedMessage }) => receive(data);
  worker.onerror = () => {
    worker.onerror = null;
    port.onmessage = null;
    port.postMessage({ kind: 'leave', page });
    port.close();
    onLost();
  };
  const held = holdPageLock(page);
  return (message) => void held.then(() => port.postMessage(message));
}

/**
 * Holds the lock of this page as long as it lives. The worker takes the end of the page from it, so the worker must hear of the
 * page only when the lock is held: otherwise it may get the lock first, and the page would receive nothing.
 */
const holdPageLock = (page: string): Promise<void> =>
  new Promise((resolve) => {
    if (globalThis.navigator?.locks === undefined) return resolve();
    void navigator.locks.request(`thunderline-page-${page}`, () => {
      resolve();
      return new Promise(() => undefined);
    });
  });
