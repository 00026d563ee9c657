import { useRef } from 'preact/hooks';
import { type Column, columnKey, columnTitle } from './columns.ts';

/** The head of a column of the table. */
export interface Head {
  /** The order that a click selects; a head without one does not sort. */
  readonly sortBy?: string;
  readonly text: string;
  readonly kind: string;
  readonly widthPx: number;
  readonly pin?: string;
  readonly column?: Column;
}

/** Widths of a column; a longer title is cut, and is whole in its tooltip. */
const LEAST_HEAD_PX = 90;
const MOST_HEAD_PX = 180;
const LETTER_PX = 6.4;

export const headOf = (column: Column): Head => ({
  ...(['param', 'metric'].includes(column.kind) && { sortBy: columnKey(column) }),
  text: columnTitle(column),
  kind: 'number',
  widthPx: Math.round(Math.min(MOST_HEAD_PX, Math.max(LEAST_HEAD_PX, columnTitle(column).length * LETTER_PX + 26))),
  column,
});

export interface TrialHeadsProps {
  readonly heads: readonly Head[];
  /** `-started_at`, `metric.loss`, ... */
  readonly sort: string;
  readonly onSort: (sort: string) => void;
  /** A head was dragged to the place of another. */
  readonly onMove: (from: Column, to: Column) => void;
}

/** The heads sort by a click and move by a drag. */
export function TrialHeads({ heads, sort, onSort, onMove }: TrialHeadsProps) {
  const dragged = useRef<Column | null>(null);
  return (
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
  );
}

const ariaSort = (sort: string, column: string | undefined): 'ascending' | 'descending' | 'none' =>
  sort === column ? 'ascending' : sort === `-${column}` ? 'descending' : 'none';

/** The greatest first, then the least first. */
const nextSort = (sort: string, column: string): string => (sort === `-${column}` ? column : `-${column}`);
