import { signal } from '@preact/signals';
import type { DataFrame, GapFrame, ResetFrame } from '../../src/live/frames.ts';
import type { FeedState } from './connect-feed.ts';
import { createFeedHub, type FeedMessage, type Watch } from './feed-hub.ts';
import type { PageMessage } from './feed-worker.ts';
import { resetPauseMs } from './reset-pause.ts';

/** The address of the worker's script; the bundler fills it in. */
declare const FEED_WORKER_URL: string;

export interface FeedListener {
  onData(frame: DataFrame): void;
  /** Points were skipped: the series must be read again. */
  onGap(frame: GapFrame): void;
  /** The page may lack points: it must read everything again. */
  onReset(): void;
}

/** The state of the connection that all tabs share. */
export const feedState = signal<FeedState>({ kind: 'idle' });
/** When this page last received a frame, in epoch milliseconds. */
export const lastFrameAt = signal(0);
/**
 * The tables are further behind than the feed reaches back: they lack what happened since this time at least, in epoch
 * milliseconds. The page shows what arrives all the same; 0 while the tables keep up.
 */
export const tablesLackSince = signal(0);

const page = crypto.randomUUID?.() ?? String(Math.random());
let listener: FeedListener | undefined;
let current: Watch | undefined;
let send: ((message: PageMessage) => void) | undefined;

/** The watch of a page; `points: false` for one that shows none. */
export type PageWatch = Omit<Watch, 'points'> & { readonly points?: false };

/** Starts to watch; a page has one watch, and a second call replaces it. Returns a function that ends it. */
export function watchFeed(watch: PageWatch, next: FeedListener): () => void {
  send ??= open();
  listener = next;
  hasAsked = watch.from !== '';
  current = { ...watch, points: watch.points !== false && !document.hidden };
  send({ kind: 'watch', page, watch: current });
  return () => {
    if (listener !== next) return;
    listener = undefined;
    current = undefined;
    feedState.value = { kind: 'idle' };
    send?.({ kind: 'leave', page });
  };
}

function receive(message: FeedMessage): void {
  if (message.kind === 'state') {
    if (current !== undefined) feedState.value = message.state;
    return;
  }
  if (message.kind === 'continued') {
    if (!hasAsked) return;
    resets = 0;
    tablesLackSince.value = 0;
    return;
  }
  lastFrameAt.value = Date.now();
  const { name, data } = message;
  if (name === 'reset') readAgainAfter(data as ResetFrame);
  else if (name === 'data') listener?.onData(data as DataFrame);
  else if (name === 'gap') listener?.onGap(data as GapFrame);
}

/** The page has read the tables since the last reset, and named their position. */
let hasAsked = false;
/** Resets since a connection last continued from its position. */
let resets = 0;
let readAgain: ReturnType<typeof setTimeout> | undefined;

/**
 * Has the page read everything again: at once the first time, then after pauses. While the tables are further behind than the
 * feed reaches back, each reading gives a position that the feed cannot continue from.
 */
function readAgainAfter({ reason, held_since }: ResetFrame): void {
  const pauseMs = resetPauseMs(resets);
  hasAsked = false;
  if (resets > 0 && reason === 'expired') tablesLackSince.value = held_since ?? lastFrameAt.value;
  resets += 1;
  clearTimeout(readAgain);
  readAgain = setTimeout(() => listener?.onReset(), pauseMs);
}

function open(): (message: PageMessage) => void {
  addEventListener('pagehide', () => send?.({ kind: 'leave', page }));
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) listener?.onReset();
  });
  document.addEventListener('visibilitychange', () => {
    if (current === undefined) return;
    // A hidden tab receives no points, and reads what it missed when it is shown.
    if (document.hidden) send?.({ kind: 'watch', page, watch: { ...current, points: false, from: '' } });
    else listener?.onReset();
  });
  return 'SharedWorker' in globalThis ? openWorker() : openHere();
}

function openWorker(): (message: PageMessage) => void {
  const worker = new SharedWorker(workerUrl(), { type: 'module', name: 'thunderline-feed' });
  worker.port.onmessage = ({ data }: MessageEvent<FeedMessage>) => receive(data);
  const held = holdPageLock();
  return (message) => void held.then(() => worker.port.postMessage(message));
}

/**
 * Holds the lock of this page as long as it lives. The worker takes the end of the page from it, so the worker must hear of the
 * page only when the lock is held: otherwise it may get the lock first, and the page would receive nothing.
 */
const holdPageLock = (): Promise<void> =>
  new Promise((resolve) => {
    if (navigator.locks === undefined) return resolve();
    void navigator.locks.request(`thunderline-page-${page}`, () => {
      resolve();
      return new Promise(() => undefined);
    });
  });

/** Chrome on Android has no shared workers: each tab has a connection of its own there. */
function openHere(): (message: PageMessage) => void {
  const hub = createFeedHub();
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
