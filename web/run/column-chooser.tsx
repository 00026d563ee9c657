import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { Facets } from '../../src/queries/shapes.ts';
import { errorText } from '../api/error-text.ts';
import { MOST_COLUMNS } from '../api/most-columns.ts';
import { runApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { nameMatcher } from '../data/name-search.ts';
import { useLoad } from '../data/use-load.ts';
import { formatInteger } from '../format/number.ts';
import { change } from '../shell/location.ts';
import { SearchFault } from '../shell/search-fault.tsx';
import { SearchField } from '../shell/search-field.tsx';
import { type Column, columnKey, columnTitle, inOrder, moved, POINT_KINDS, parseColumn } from './columns.ts';
import { rememberColumns } from './remembered-columns.ts';

export interface ColumnChooserProps {
  readonly run: string;
  readonly columns: readonly Column[];
  readonly pins: readonly string[];
}

/** Columns that a search lists at most. */
const MOST_FOUND = 40;

/** The button that opens the list of columns: which ones the table has, in which order, and which stay in view. */
export function ColumnChooser(props: ColumnChooserProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        onClick={() => {
          isOpen.value = true;
          dialog.current?.showModal();
        }}
      >
        Columns ({props.columns.length})
      </button>
      <dialog
        ref={dialog}
        class="chooser"
        aria-labelledby="columns-title"
        onClose={() => {
          isOpen.value = false;
        }}
      >
        <h2 id="columns-title">Columns</h2>
        {isOpen.value && <Chosen {...props} />}
        {isOpen.value && <Others {...props} />}
        <form method="dialog" class="row">
          <button type="submit" class="primary">
            Done
          </button>
          <button type="button" onClick={chooseNoColumns}>
            Reset columns
          </button>
        </form>
      </dialog>
    </>
  );
}

/** Writes the columns into the address, and remembers them for other runs. */
export function chooseColumns(keys: readonly string[], pins: readonly string[]): void {
  const kept = pins.filter((pin) => keys.includes(pin));
  rememberColumns({ columns: keys, pins: kept });
  change({ col: keys.length === 0 ? [''] : keys, pin: kept }, 'replace');
}

function chooseNoColumns(): void {
  rememberColumns(null);
  change({ col: null, pin: null }, 'replace');
}

const write = (columns: readonly Column[], pins: readonly string[]): void =>
  chooseColumns(columns.map(columnKey), pins);

function Chosen({ columns, pins }: ColumnChooserProps) {
  const ordered = inOrder(columns, pins);
  return (
    <ol class="chosen" aria-label="Columns of the table">
      {ordered.map((column, at) => {
        const key = columnKey(column);
        const title = columnTitle(column);
        return (
          <li key={key}>
            <span class="mono">{title}</span>
            <span class="spacer" />
            <button
              type="button"
              aria-label={`move ${title} up`}
              onClick={() => write(moved(ordered, at, at - 1), pins)}
            >
              ↑
            </button>
            <button
              type="button"
              aria-label={`move ${title} down`}
              onClick={() => write(moved(ordered, at, at + 1), pins)}
            >
              ↓
            </button>
            <button
              type="button"
              aria-label={`Pin ${title}`}
              aria-pressed={pins.includes(key)}
              onClick={() => write(ordered, pins.includes(key) ? pins.filter((pin) => pin !== key) : [...pins, key])}
            >
              Pin
            </button>
            <button
              type="button"
              aria-label={`remove ${title}`}
              onClick={() =>
                write(
                  ordered.filter((each) => each !== column),
                  pins,
                )
              }
            >
              ✕
            </button>
          </li>
        );
      })}
    </ol>
  );
}

function Others({ run, columns, pins }: ColumnChooserProps) {
  const search = useSignal('');
  const { data, error } = useLoad((signal) => requestJson<Facets>(`${runApi(run)}/facets`, { signal }), [run]);
  const held = new Set(columns.map(columnKey));
  const isFound = nameMatcher(search.value);
  const found = keysOf(data)
    .flatMap((key) => parseColumn(key) ?? [])
    .filter((column) => !held.has(columnKey(column)) && isFound(column.name));
  return (
    <>
      <SearchField label="Search columns to add" placeholder="Add: part of a name, or /regex/" search={search} />
      <SearchFault search={search.value} />
      {error !== undefined && <p class="notice error">The columns cannot be read: {errorText(error)}</p>}
      <ul class="choices" aria-label="Columns to add" aria-busy={data === undefined}>
        {found.slice(0, MOST_FOUND).map((column) => (
          <li key={columnKey(column)}>
            <button
              type="button"
              class="plain"
              disabled={columns.length >= MOST_COLUMNS}
              onClick={() => write([...columns, column], pins)}
            >
              + <span class="mono">{columnTitle(column)}</span>{' '}
              <span class="muted">{column.kind === 'param' ? 'parameter' : 'metric'}</span>
            </button>
          </li>
        ))}
      </ul>
      <p class="muted">
        {found.length > MOST_FOUND && `${formatInteger(found.length - MOST_FOUND)} more match. `}
        {columns.length >= MOST_COLUMNS && `A table has at most ${MOST_COLUMNS} columns.`}
      </p>
    </>
  );
}

function keysOf(facets: Facets | undefined): readonly string[] {
  if (facets === undefined) return [];
  return [
    ...facets.metrics.map(({ name }) => `metric.${name}`),
    ...facets.parameters.map(({ name }) => `param.${name}`),
    ...facets.metric_names.flatMap((name) => POINT_KINDS.map((kind) => `${kind}.${name}`)),
  ];
}
