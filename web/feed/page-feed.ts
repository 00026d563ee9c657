import { type ReadonlySignal, signal } from '@preact/signals';
import type { DataFrame, GapFrame, ResetFrame } from '../../src/live/frames.ts';
import type { FeedState } from './connect-feed.ts';
import type { FeedMessage, PageMessage, Watch } from './feed-hub.ts';
import { resetPauseMs } from './reset-pause.ts';

export interface FeedListener {
  onData(frame: DataFrame): void;
  /** Points were skipped: the series must be read again. */
  onGap(frame: GapFrame): void;
  /** The page may lack points: it must read everything again. */
  onReset(): void;
}

/** The watch of a page; `points: false` for one that shows none, an empty `from` for one whose tables have no position. */
export type PageWatch = Omit<Watch, 'points'> & { readonly points?: false };

export interface PageFeedParts {
  /** The id of the page. */
  readonly page: string;
  /** Sends to the hub. */
  readonly send: (message: PageMessage) => void;
  readonly isHidden: () => boolean;
}

/** The part of a page in the feed. */
export interface PageFeed {
  readonly state: ReadonlySignal<FeedState>;
  readonly lastFrameAt: ReadonlySignal<number>;
  readonly tablesLackSince: ReadonlySignal<number>;
  /** Starts to watch; a page has one watch, and a second call replaces it. Returns a function that ends it. */
  watch(watch: PageWatch, listener: FeedListener): () => void;
  receive(message: FeedMessage): void;
  /** The page was hidden, or is shown again. A hidden one receives no points, and reads what it missed when it is shown. */
  visibilityChanged(): void;
  /** The browser keeps the page, which is not shown; it may return. */
  left(): void;
  returned(): void;
  /** Another hub has taken the place of the one that was sent to. */
  hubChanged(): void;
}

export function createPageFeed({ page, send, isHidden }: PageFeedParts): PageFeed {
  const state = signal<FeedState>({ kind: 'idle' });
  const lastFrameAt = signal(0);
  const tablesLackSince = signal(0);
  let current: { readonly watch: PageWatch; readonly listener: FeedListener } | undefined;
  /** Resets since a connection last continued from its position. */
  let resets = 0;
  /** The page has yet to read its tables after a reset: that another page continues is no news of them. */
  let mustRead = false;
  let readAgain: ReturnType<typeof setTimeout> | undefined;

  function sendWatch(from: string): void {
    if (current === undefined) return;
    const { watch } = current;
    send({ kind: 'watch', page, watch: { ...watch, from, points: watch.points !== false && !isHidden() } });
  }

  /**
   * Has the page read everything again: at once the first time, then after pauses. While the tables are further behind than the
   * feed reaches back, each reading gives a position that the feed cannot continue from.
   */
  function onReset({ reason, held_since }: ResetFrame): void {
    const pauseMs = resetPauseMs(resets);
    mustRead = true;
    if (resets > 0 && reason === 'expired') tablesLackSince.value = held_since ?? lastFrameAt.value;
    resets += 1;
    clearTimeout(readAgain);
    readAgain = setTimeout(() => {
      // Other pages watch again from the position of their tables, once they have read them.
      if (current?.watch.from === '') {
        mustRead = false;
        sendWatch('');
      }
      current?.listener.onReset();
    }, pauseMs);
  }

  return {
    state,
    lastFrameAt,
    tablesLackSince,
    watch(watch, listener) {
      const mine = { watch, listener };
      current = mine;
      mustRead = false;
      sendWatch(watch.from);
      return () => {
        if (current !== mine) return;
        current = undefined;
        clearTimeout(readAgain);
        state.value = { kind: 'idle' };
        send({ kind: 'leave', page });
      };
    },
    receive(message) {
      if (current === undefined) return;
      if (message.kind === 'state') {
        state.value = message.state;
        return;
      }
      if (message.kind === 'continued') {
        if (mustRead) return;
        resets = 0;
        tablesLackSince.value = 0;
        return;
      }
      lastFrameAt.value = Date.now();
      const { name, data } = message;
      if (name === 'reset') onReset(data as ResetFrame);
      else if (name === 'data') current.listener.onData(data as DataFrame);
      else if (name === 'gap') current.listener.onGap(data as GapFrame);
    },
    visibilityChanged() {
      // A page whose tables have a position watches again from there, once it has read them.
      if (isHidden() || current?.watch.from === '') sendWatch('');
      if (!isHidden()) current?.listener.onReset();
    },
    left: () => send({ kind: 'leave', page }),
    returned() {
      sendWatch('');
      current?.listener.onReset();
    },
    hubChanged: () => sendWatch(current?.watch.from ?? ''),
  };
}
