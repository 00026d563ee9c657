import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { TrialList, TrialListItem } from '../../src/queries/shapes.ts';
import { requestJson } from '../api/request.ts';
import { type Loaded, useLoad } from '../data/use-load.ts';
import { putByStart } from './by-start.ts';
import { type Column, columnKey } from './columns.ts';
import type { RunStore } from './run-store.ts';
import { isWholeSelection } from './selection.ts';
import { TrialPages } from './trial-pages.ts';

const PAGE = 200;
/** Trials of a page that is read to find the selected ones. */
const SEARCH_PAGE = 1_000;
const MOST_SEARCHED = 10_000;

export interface Trials {
  /** The first page. */
  readonly loaded: Loaded<TrialList>;
  /** The rows in the order of the table. */
  readonly rows: ReadonlySignal<readonly TrialListItem[]>;
  readonly total: number;
  /** Reads the next page, if there is one. */
  readonly readMore: () => void;
  /** Why a further page could not be read; undefined without a failure. `retry` reads it again. */
  readonly failure: ReadonlySignal<unknown>;
  readonly retry: () => void;
  /** Puts trials that have started where the order by start has them, unless the list is held. */
  readonly place: (ids: Iterable<string>) => void;
  /** Holds the list as it is, or puts in what has come meanwhile. */
  readonly hold: (isHeld: boolean) => void;
  /** Trials that wait until the list is no longer held. */
  readonly waiting: ReadonlySignal<number>;
}

export interface TrialsRequest {
  readonly store: RunStore;
  /** The query of `/api/trials` without columns. */
  readonly filter: string;
  readonly columns: readonly Column[];
  /** False until the columns are known. */
  readonly isReady: boolean;
  /** The selection of the address, which may contain trials of later pages. */
  readonly selection: string | null;
  /** The list has every trial, the newest start first, so that further trials have a place in it. */
  readonly isPlain: boolean;
}

/** The trials of a table, read page by page. */
export function useTrials({ store, filter, columns, isReady, selection, isPlain }: TrialsRequest): Trials {
  const ordered = useSignal<readonly string[]>([]);
  const pages = useMemo(() => new TrialPages(requestJson), []);
  const failure = useSignal<unknown>(undefined);
  const held = useRef(false);
  const pending = useRef(new Set<string>());
  const waiting = useSignal(0);
  const plain = useRef(isPlain);
  plain.current = isPlain;
  const keys = columns.filter(({ kind }) => kind === 'param' || kind === 'metric').map(columnKey);
  const path = isReady ? pathOf(filter, keys) : '';

  const loaded = useLoad<TrialList>(
    (signal) =>
      path === '' ? new Promise(() => undefined) : requestJson<TrialList>(`${path}&limit=${PAGE}`, { signal }),
    [path],
  );
  const { data } = loaded;

  // The list of the former path is shown until the new one arrives, and does not grow.
  useLayoutEffect(() => {
    failure.value = undefined;
    return () => pages.stop();
  }, [path]);

  // Before the page is painted: it would say that no trial matches.
  useLayoutEffect(() => {
    if (data === undefined) return;
    store.addRows(data.trials);
    ordered.value = data.trials.map(({ trial_id }) => trial_id);
    pages.start(path, data.next_cursor);
    failure.value = undefined;
    pending.current.clear();
    waiting.value = 0;
    // The feed may have brought trials that the tables did not have yet.
    if (plain.current) place(store.rows.keys());
    void orFailure(findSelected());
  }, [data]);

  /** Reads the next page; false if there is none now. */
  async function readPage(limit: number): Promise<boolean> {
    const page = await pages.next(limit);
    if (page === undefined) return false;
    store.addRows(page.trials);
    ordered.value = [...new Set([...ordered.value, ...page.trials.map(({ trial_id }) => trial_id)])];
    return true;
  }

  const orFailure = (reading: Promise<unknown>): Promise<void> =>
    reading.then(
      () => undefined,
      (error: unknown) => {
        failure.value = error;
      },
    );

  /** Reads further pages until the selected trials of the address are there. */
  async function findSelected(): Promise<void> {
    while (selection !== null && ordered.value.length < MOST_SEARCHED && !isWholeSelection(selection, ordered.value)) {
      if (!(await readPage(SEARCH_PAGE))) return;
    }
  }

  function place(ids: Iterable<string>): void {
    for (const id of ids) pending.current.add(id);
    if (pending.current.size > 0) putPending();
  }

  /** Puts in the pending trials, and counts them while the list is held or has another order. */
  function putPending(): void {
    const known = new Set(ordered.value);
    const isWhole = pages.isWhole;
    const trials = [...pending.current].flatMap((id) => store.rows.get(id) ?? []);
    const fresh = trials.filter(({ trial_id, started_at }) => !known.has(trial_id) && (isWhole || started_at !== null));
    if (!plain.current || held.current) {
      waiting.value = fresh.length;
      return;
    }
    pending.current.clear();
    waiting.value = 0;
    const placed = trials.filter((trial) => known.has(trial.trial_id) || fresh.includes(trial));
    if (placed.length > 0) ordered.value = putByStart(ordered.value, placed, (id) => store.rows.get(id), isWhole);
  }

  const rows = useComputed(() => {
    void store.rowsVersion.value;
    return ordered.value.flatMap((id) => store.rows.get(id) ?? []);
  });

  return {
    loaded,
    rows,
    total: Math.max(data?.total ?? 0, ordered.value.length),
    // A failure stays until one tries again: each scrolled line would repeat it.
    readMore: () => void (failure.peek() === undefined && orFailure(readPage(PAGE))),
    failure,
    retry() {
      failure.value = undefined;
      void orFailure(readPage(PAGE).then(findSelected));
    },
    place,
    hold(isHeld) {
      held.current = isHeld;
      if (pending.current.size > 0) putPending();
    },
    waiting,
  };
}

function pathOf(filter: string, keys: readonly string[]): string {
  const query = new URLSearchParams(filter);
  for (const key of keys) query.append('column', key);
  return `/api/trials?${query}`;
}
