import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TrialListItem } from '../../src/queries/shapes.ts';
import { trialPath } from '../shell/address.ts';
import { go } from '../shell/location.ts';
import { type Column, columnKey, columnTitle, inOrder } from './columns.ts';
import { pinLeft, TrialRow, type TrialRowProps, WIDTHS } from './trial-row.tsx';

export interface TrialTableProps
  extends Pick<TrialRowProps, 'selected' | 'slots' | 'figures' | 'lastOf' | 'onSelect' | 'onFocus'> {
  readonly trials: readonly TrialListItem[];
  /** Number of all matching trials; the rest is read while one scrolls. */
  readonly total: number;
  readonly columns: readonly Column[];
  /** Keys of the columns that stay in view. */
  readonly pins: readonly string[];
  /** Identifies the filter and the order. */
  readonly list: string;
  /** `-started_at`, `metric.loss`, ... */
  readonly sort: string;
  /** Changes when last values may have changed. */
  readonly version: ReadonlySignal<number>;
  readonly onSort: (sort: string) => void;
  /** A head was dragged to the place of another. */
  readonly onMove: (from: Column, to: Column) => void;
  readonly onEnd: () => void;
}

const ROW_PX = 28;
const HEIGHT_PX = 420;
/** Rows above and below the visible ones. */
const SPARE = 10;
/** Metrics whose last values are read for trials without final ones. */
const MOST_METRICS = 50;
/** The figures of running trials are read again about every ten seconds while points arrive. */
const VERSIONS_PER_READ = 20;

/** A table that renders only the rows one sees, so that 75,000 trials cost as much as 30. */
export function TrialTable(props: TrialTableProps) {
  const { trials, total, pins, sort, figures, onSort, onMove, onEnd } = props;
  const columns = inOrder(props.columns, pins);
  const pinned = columns.filter((column) => pins.includes(columnKey(column))).length;
  const dragged = useRef<Column | null>(null);
  const movesFocus = useRef(false);
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const active = useSignal(0);
  const first = Math.max(0, Math.floor(top.value / ROW_PX) - SPARE);
  const last = Math.min(trials.length, Math.ceil((top.value + HEIGHT_PX) / ROW_PX) + SPARE);

  const names = [
    ...new Set(columns.flatMap(({ kind, name }) => (kind === 'param' || kind === 'metric' ? [] : [name]))),
  ];
  const metrics = columns.flatMap(({ kind, name }) => (kind === 'metric' ? [name] : [])).slice(0, MOST_METRICS);
  const unended = trials
    .slice(first, last)
    .flatMap(({ trial_id, metrics: final }) => (metrics.some((name) => final[name] === undefined) ? [trial_id] : []));
  const round = Math.floor(props.version.value / VERSIONS_PER_READ);
  const visible = trials.slice(first, last).map(({ trial_id }) => trial_id);
  useEffect(() => {
    const cancel = new AbortController();
    // The cells stay empty if it fails; the next scroll asks again.
    figures.renew(
      trials.slice(first, last).flatMap(({ trial_id, status }) => (status === 'running' ? [trial_id] : [])),
    );
    const open = async (): Promise<void> => {
      await figures.open(visible, names, cancel.signal);
      await figures.open(unended, metrics, cancel.signal);
    };
    open().catch(() => undefined);
    return () => cancel.abort();
  }, [round, visible.join('\n'), unended.length, names.join('\n'), metrics.join('\n')]);
  void figures.version.value;

  function onScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    top.value = element.scrollTop;
    if (element.scrollTop + element.clientHeight > trials.length * ROW_PX - HEIGHT_PX && trials.length < total) onEnd();
  }

  // Another order or filter starts at its first row.
  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 });
    active.value = 0;
  }, [props.list]);

  useEffect(() => {
    if (!movesFocus.current) return;
    const link = scroller.current?.querySelector<HTMLElement>('tr[data-active="true"] a');
    if (!link) return;
    movesFocus.current = false;
    link.focus({ preventScroll: true });
  });

  /** The row that has the focus is the one that keys act on. */
  function onFocusIn({ target }: FocusEvent): void {
    const row = (target as HTMLElement | null)?.closest('tbody tr')?.getAttribute('aria-rowindex');
    if (row) active.value = Number(row) - 2;
  }

  function onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 12, PageUp: -12 }[event.key];
    const trial = trials[active.value];
    if (step !== undefined) {
      event.preventDefault();
      active.value = Math.max(0, Math.min(trials.length - 1, active.value + step));
      scroller.current?.scrollTo({ top: Math.max(0, active.value * ROW_PX - HEIGHT_PX / 2) });
      movesFocus.current = true;
    } else if (event.key === 'Enter' && trial !== undefined && event.target === scroller.current) {
      go(trialPath(trial.model_run_id, trial.trial_id));
    } else if (event.key === ' ' && trial !== undefined && !(event.target instanceof HTMLInputElement)) {
      event.preventDefault();
      props.onSelect(trial.trial_id, !props.selected.has(trial.trial_id));
    }
  }

  const heads: readonly Head[] = [
    { sortBy: 'trial_id', text: 'Trial', kind: 'id', widthPx: WIDTHS.id },
    ...columns.slice(0, pinned).map((column, at) => ({ ...headOf(column), pin: pinLeft(at), widthPx: WIDTHS.pinned })),
    { sortBy: 'status', text: 'Status', kind: '', widthPx: WIDTHS.status },
    { text: 'Constraint', kind: '', widthPx: WIDTHS.constraint },
    { sortBy: 'duration_ms', text: 'Time', kind: '', widthPx: WIDTHS.time },
    ...columns.slice(pinned).map(headOf),
  ];
  const widthPx = heads.reduce<number>((sum, head) => sum + head.widthPx, WIDTHS.check);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the keys of the rows; each row has its own link and checkbox too.
    <div class="scroller trial-scroller" ref={scroller} onScroll={onScroll} onKeyDown={onKey} onFocusIn={onFocusIn}>
      <table class="table trials" aria-label="Trials" aria-rowcount={total + 1} style={{ minWidth: `${widthPx}px` }}>
        <colgroup>
          <col style={{ width: `${WIDTHS.check}px` }} />
          {heads.map(({ column, text, widthPx: each }) => (
            <col key={column === undefined ? text : columnKey(column)} style={{ width: `${each}px` }} />
          ))}
          <col />
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="check">
              <span class="hidden-text">In the charts</span>
            </th>
            {heads.map(({ sortBy, text, kind, pin, column }) => (
              <th
                scope="col"
                class={pin === undefined ? kind : `${kind} pinned`}
                style={pin === undefined ? undefined : { left: pin }}
                aria-sort={ariaSort(sort, sortBy)}
                key={column === undefined ? text : columnKey(column)}
                draggable={column !== undefined}
                onDragStart={() => {
                  dragged.current = column ?? null;
                }}
                onDragOver={(event) => {
                  if (dragged.current !== null && column !== undefined) event.preventDefault();
                }}
                onDrop={() => {
                  if (dragged.current !== null && column !== undefined) onMove(dragged.current, column);
                }}
              >
                {sortBy === undefined ? (
                  <span title={text}>{text}</span>
                ) : (
                  <button type="button" title={text} onClick={() => onSort(nextSort(sort, sortBy))}>
                    {text}
                    {sort === sortBy ? ' ↑' : sort === `-${sortBy}` ? ' ↓' : ''}
                  </button>
                )}
              </th>
            ))}
            <td class="fill" />
          </tr>
        </thead>
        <tbody>
          <Spacer rows={first} />
          {trials.slice(first, last).map((trial, at) => (
            <TrialRow
              key={trial.trial_id}
              {...props}
              columns={columns}
              pinned={pinned}
              trial={trial}
              index={first + at}
              isActive={active.value === first + at}
            />
          ))}
          <Spacer rows={trials.length - last} />
        </tbody>
      </table>
    </div>
  );
}

/** The height of rows that are not rendered. */
const Spacer = ({ rows }: { readonly rows: number }) =>
  rows === 0 ? null : (
    <tr class="spacer">
      <td style={{ height: `${rows * ROW_PX}px` }} />
    </tr>
  );

interface Head {
  /** The order that a click selects; a head without one does not sort. */
  readonly sortBy?: string;
  readonly text: string;
  readonly kind: string;
  readonly widthPx: number;
  readonly pin?: string;
  readonly column?: Column;
}

const headOf = (column: Column): Head => ({
  ...(['param', 'metric'].includes(column.kind) && { sortBy: columnKey(column) }),
  text: columnTitle(column),
  kind: 'number',
  widthPx: Math.round(Math.min(MOST_HEAD_PX, Math.max(LEAST_HEAD_PX, columnTitle(column).length * LETTER_PX + 26))),
  column,
});

/** Widths of a column; a longer title is cut, and is whole in its tooltip. */
const LEAST_HEAD_PX = 90;
const MOST_HEAD_PX = 180;
const LETTER_PX = 6.4;

const ariaSort = (sort: string, column: string | undefined): 'ascending' | 'descending' | 'none' =>
  sort === column ? 'ascending' : sort === `-${column}` ? 'descending' : 'none';

/** The greatest first, then the least first. */
const nextSort = (sort: string, column: string): string => (sort === `-${column}` ? column : `-${column}`);
