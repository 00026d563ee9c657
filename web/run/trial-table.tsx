import { type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { TrialListItem } from '../../src/queries/shapes.ts';
import { trialPath } from '../shell/address.ts';
import { go } from '../shell/location.ts';
import { type Column, columnKey, inOrder } from './columns.ts';
import { type FocusPlace, rowAction } from './row-key.ts';
import { type Head, headOf, TrialHeads } from './trial-heads.tsx';
import { pinLeft, TrialRow, type TrialRowProps, WIDTHS } from './trial-row.tsx';
import { useFigures } from './use-figures.ts';

export interface TrialTableProps
  extends Pick<TrialRowProps, 'selected' | 'slots' | 'figures' | 'lastOf' | 'onSelect' | 'onFocus'> {
  readonly trials: readonly TrialListItem[];
  /** Number of all matching trials; the rest is read during a scroll. */
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
  /** The table was scrolled to its first row, or away from it. */
  readonly onTop: (isTop: boolean) => void;
  /** A trial that was chosen elsewhere: its row comes into view and gets the focus. */
  readonly picked: ReadonlySignal<Picked | null>;
}

/** A new object each time, so that the same trial can be chosen again. */
export interface Picked {
  readonly trial: string;
}

const ROW_PX = 28;
const HEIGHT_PX = 420;
/** Rows above and below the visible ones. */
const SPARE = 10;

/** A table that renders only the visible rows, so that 75,000 trials cost as much as 30. */
export function TrialTable(props: TrialTableProps) {
  const { trials, total, pins, sort, figures, onSort, onMove, onEnd } = props;
  const picked = props.picked.value;
  const columns = inOrder(props.columns, pins);
  const pinned = columns.filter((column) => pins.includes(columnKey(column))).length;
  const movesFocus = useRef(false);
  const scroller = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const active = useSignal(0);
  const first = Math.max(0, Math.floor(top.value / ROW_PX) - SPARE);
  const last = Math.min(trials.length, Math.ceil((top.value + HEIGHT_PX) / ROW_PX) + SPARE);

  useFigures({ figures, version: props.version, columns, shown: trials.slice(first, last) });

  function onScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    if (element.scrollTop > 0 !== top.value > 0) props.onTop(element.scrollTop === 0);
    top.value = element.scrollTop;
    if (element.scrollTop + element.clientHeight > trials.length * ROW_PX - HEIGHT_PX && trials.length < total) onEnd();
  }

  // Another order or filter starts at its first row.
  const shownList = useRef(props.list);
  useEffect(() => {
    // A page that was returned to keeps its place.
    if (shownList.current === props.list) return;
    shownList.current = props.list;
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

  useEffect(() => {
    const at = trials.findIndex(({ trial_id }) => trial_id === picked?.trial);
    if (at < 0) return;
    show(at);
    scroller.current?.scrollIntoView({ block: 'nearest' });
  }, [picked]);

  /** Moves to a row: it comes into view and gets the focus. */
  function show(at: number): void {
    active.value = at;
    scroller.current?.scrollTo({ top: Math.max(0, at * ROW_PX - HEIGHT_PX / 2) });
    movesFocus.current = true;
  }

  /** The row that has the focus is the one that keys act on. */
  function onFocusIn({ target }: FocusEvent): void {
    const row = (target as HTMLElement | null)?.closest('tbody tr')?.getAttribute('aria-rowindex');
    if (row) active.value = Number(row) - 2;
  }

  function placeOf(target: EventTarget | null): FocusPlace {
    if (target === scroller.current) return 'table';
    if ((target as HTMLElement | null)?.closest('tbody') == null) return 'head';
    return target instanceof HTMLInputElement ? 'control' : 'row';
  }

  function onKey(event: KeyboardEvent): void {
    const action = rowAction(event, placeOf(event.target));
    const trial = trials[active.value];
    if (action === undefined || trial === undefined) return;
    event.preventDefault();
    if (action.kind === 'move') show(Math.max(0, Math.min(trials.length - 1, active.value + action.by)));
    else if (action.kind === 'open') go(trialPath(trial.model_run_id, trial.trial_id));
    else props.onSelect(trial.trial_id, !props.selected.has(trial.trial_id));
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
    <div
      class="scroller trial-scroller"
      data-place="trials"
      ref={scroller}
      onScroll={onScroll}
      onKeyDown={onKey}
      onFocusIn={onFocusIn}
    >
      <table class="table trials" aria-label="Trials" aria-rowcount={total + 1} style={{ minWidth: `${widthPx}px` }}>
        <colgroup>
          <col style={{ width: `${WIDTHS.check}px` }} />
          {heads.map(({ column, text, widthPx: each }) => (
            <col key={column === undefined ? text : columnKey(column)} style={{ width: `${each}px` }} />
          ))}
          <col />
        </colgroup>
        <TrialHeads heads={heads} sort={sort} onSort={onSort} onMove={onMove} />
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
