import type { DataFrame, HelloFrame, LiveFrameName } from '../../src/live/frames.ts';
import { connectFeed, type FeedConnection, type FeedState } from './connect-feed.ts';
import { leastPosition } from './position.ts';

/** The runs and records that one page watches. */
export interface Watch {
  /** Runs by id; undefined watches all. */
  readonly runs?: readonly string[] | undefined;
  /** False for a page that is hidden or shows no points. */
  readonly points: boolean;
  /** The `as_of` of the answers that the page shows. */
  readonly from: string;
}

/** A message from a page to the hub. */
export type PageMessage =
  | { readonly kind: 'watch'; readonly page: string; readonly watch: Watch }
  | { readonly kind: 'leave'; readonly page: string };

/** A message from the hub to one page. */
export type FeedMessage =
  | { readonly kind: 'state'; readonly state: FeedState }
  /** The connection continues from the position of each page. */
  | { readonly kind: 'continued' }
  | { readonly kind: 'frame'; readonly name: LiveFrameName; readonly data: unknown; readonly position: string };

export interface FeedHub {
  /** Starts or replaces the watch of a page. */
  watch(page: string, watch: Watch, send: (message: FeedMessage) => void): void;
  leave(page: string): void;
}

interface Page extends Watch {
  readonly send: (message: FeedMessage) => void;
}

/** Several pages that open at once change the connection once. */
const SETTLE_MS = 30;
const MAX_RUNS = 100;

/**
 * One connection for all pages of a browser. When the watches change, it connects again with a filter that covers all of
 * them, from the earliest position that one of them needs; a page receives some records twice then, and merges them.
 */
export function createFeedHub(connect: typeof connectFeed = connectFeed): FeedHub {
  const pages = new Map<string, Page>();
  let connection: FeedConnection | undefined;
  let connectedQuery = '';
  let state: FeedState = { kind: 'connecting' };
  let settling: ReturnType<typeof setTimeout> | undefined;
  let needed: string | undefined;

  function toAll(message: FeedMessage): void {
    for (const { send } of pages.values()) send(message);
  }

  function onState(next: FeedState): void {
    state = next;
    toAll({ kind: 'state', state });
  }

  function onFrame(name: LiveFrameName, data: unknown, position: string): void {
    if (name === 'hello' && (data as HelloFrame).resumed) toAll({ kind: 'continued' });
    for (const page of pages.values()) {
      const part = name === 'data' ? partFor(page, data as DataFrame) : data;
      if (part !== undefined) page.send({ kind: 'frame', name, data: part, position });
    }
  }

  function reconnect(): void {
    settling = undefined;
    const query = queryOf([...pages.values()]);
    const held = connection?.position() ?? '';
    const from = needed === undefined || needed === '' ? held : held === '' ? needed : leastPosition(needed, held);
    needed = undefined;
    if (connection !== undefined && query === connectedQuery && from === held && state.kind !== 'signed-out') {
      if (state.kind === 'live') toAll({ kind: 'continued' });
      return;
    }
    connection?.close();
    connection = undefined;
    if (pages.size === 0) return;
    connectedQuery = query;
    connection = connect({ query, from, onFrame, onState });
  }

  function settle(): void {
    if (settling === undefined) settling = setTimeout(reconnect, SETTLE_MS);
  }

  return {
    watch(page, watch, send) {
      pages.set(page, { ...watch, send });
      if (watch.from !== '') needed = needed === undefined ? watch.from : leastPosition(watch.from, needed);
      send({ kind: 'state', state });
      settle();
    },
    leave(page) {
      if (pages.delete(page)) settle();
    },
  };
}

/** A filter that covers all watches. */
export function queryOf(watches: readonly Watch[]): string {
  const query = new URLSearchParams();
  if (!watches.some(({ points }) => points)) query.set('points', 'false');
  const runs = [...new Set(watches.flatMap((watch) => watch.runs ?? []))].sort();
  const all = watches.some((watch) => watch.runs === undefined) || runs.length > MAX_RUNS;
  if (!all) for (const run of runs) query.append('model_run_id', run);
  return query.toString();
}

/** The part of a frame that a page watches; undefined if it has none. */
export function partFor(watch: Watch, { events = [], points = [] }: DataFrame): DataFrame | undefined {
  const watched = ({ model_run_id }: { readonly model_run_id: string }): boolean =>
    watch.runs?.includes(model_run_id) ?? true;
  const part = { events: events.filter(watched), points: watch.points ? points.filter(watched) : [] };
  return part.events.length + part.points.length > 0 ? part : undefined;
}
