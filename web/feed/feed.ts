import { createFeedHub, type FeedMessage, type PageMessage } from './feed-hub.ts';
import { openWorker } from './open-worker.ts';
import { createPageFeed, type FeedListener, type PageWatch } from './page-feed.ts';

/** The address of the worker's script; the bundler fills it in. */
declare const FEED_WORKER_URL: string;

const page = crypto.randomUUID?.() ?? String(Math.random());
let send: ((message: PageMessage) => void) | undefined;

const feed = createPageFeed({
  page,
  send: (message) => {
    send ??= open();
    send(message);
  },
  isHidden: () => document.hidden,
});

/** The state of the connection that all tabs share. */
export const feedState = feed.state;
/** When this page last received a frame, in epoch milliseconds. */
export const lastFrameAt = feed.lastFrameAt;
/**
 * The tables are further behind than the feed reaches back: they lack what happened since this time at least, in epoch
 * milliseconds. The page shows what arrives all the same; 0 while the tables keep up.
 */
export const tablesLackSince = feed.tablesLackSince;

/** Starts to watch; a page has one watch, and a second call replaces it. Returns a function that ends it. */
export const watchFeed = (watch: PageWatch, listener: FeedListener): (() => void) => feed.watch(watch, listener);

function open(): (message: PageMessage) => void {
  addEventListener('pagehide', feed.left);
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) feed.returned();
  });
  document.addEventListener('visibilitychange', feed.visibilityChanged);
  if (!('SharedWorker' in globalThis)) return openHere();
  return openWorker({
    page,
    start: () => new SharedWorker(workerUrl(), { type: 'module', name: 'thunderline-feed' }),
    receive: feed.receive,
    // During a deploy, a server of the other version may have been asked for the script.
    onLost: () => {
      send = openHere();
      feed.hubChanged();
    },
  });
}

/** Chrome on Android has no shared workers: each tab has a connection of its own there. */
function openHere(): (message: PageMessage) => void {
  const hub = createFeedHub();
  const receive = (message: FeedMessage): void => feed.receive(message);
  return (message) => {
    if (message.kind === 'leave') hub.leave(message.page);
    else hub.watch(message.page, message.watch, receive);
  };
}

/** The policy of the pages requires trusted types: scripts come from this one policy, and only this one address. */
function workerUrl(): string {
  const { trustedTypes } = globalThis as unknown as { trustedTypes?: TrustedTypes };
  const policy = trustedTypes?.createPolicy('thunderline-feed', { createScriptURL: () => FEED_WORKER_URL });
  return policy?.createScriptURL('') ?? FEED_WORKER_URL;
}

interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}
