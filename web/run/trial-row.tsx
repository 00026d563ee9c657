import type { TrialListItem } from '../../src/queries/shapes.ts';
import { colourOf } from '../colour/palette.ts';
import { takenMs } from '../data/elapsed-ms.ts';
import { metricNumber } from '../data/metric-number.ts';
import { formatInteger, formatNumber, formatValue } from '../format/number.ts';
import { formatDuration } from '../format/time.ts';
import { serverNow } from '../shell/now.ts';
import { StatusMark } from '../shell/status.tsx';
import { Swatch } from '../shell/swatch.tsx';
import { theme } from '../shell/theme.ts';
import { TrialLink } from '../shell/trial-link.tsx';
import { type Column, type ColumnKind, columnKey } from './columns.ts';
import type { PointFigures } from './point-figures.ts';

export interface TrialRowProps {
  readonly trial: TrialListItem;
  readonly index: number;
  readonly isActive: boolean;
  readonly columns: readonly Column[];
  /** Number of pinned columns, which come first. */
  readonly pinned: number;
  readonly selected: ReadonlySet<string>;
  readonly slots: ReadonlyMap<string, number>;
  readonly figures: PointFigures;
  /** The last value that a trial has reported of a metric. */
  readonly lastOf: (trial: string, metric: string) => number | undefined;
  readonly onSelect: (trial: string, isSelected: boolean) => void;
  readonly onFocus: (trial: string | null) => void;
}

/** Widths of columns in pixels. They depend on nothing but the head, so that no column moves during a scroll. */
export const WIDTHS = { check: 32, id: 142, pinned: 110, status: 98, constraint: 104, time: 82 } as const;

/** The place of a pinned column from the left. */
export const pinLeft = (at: number): string => `${WIDTHS.check + WIDTHS.id + at * WIDTHS.pinned}px`;

export function TrialRow(props: TrialRowProps) {
  const { trial, index, isActive, columns, pinned, selected, slots, onSelect, onFocus } = props;
  const { trial_id, model_run_id, status, spectral_norm } = trial;
  const isSelected = selected.has(trial_id);
  const slot = slots.get(trial_id);
  const cell = (column: Column, at: number, isPinned: boolean) => (
    <Cell
      key={columnKey(column)}
      value={cellValue(props, column)}
      kind={column.kind}
      pin={isPinned ? pinLeft(at) : undefined}
    />
  );
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      data-active={isActive}
      onMouseEnter={() => onFocus(isSelected ? trial_id : null)}
      onMouseLeave={() => onFocus(null)}
    >
      <td class="check">
        <input
          type="checkbox"
          checked={isSelected}
          aria-label={`show ${trial_id} in the charts`}
          onChange={({ currentTarget }) => onSelect(trial_id, currentTarget.checked)}
        />
      </td>
      <th scope="row" class="id" title={trial_id}>
        {isSelected && slot !== undefined && <Swatch colour={colourOf(slot, theme.value)} />}{' '}
        <TrialLink run={model_run_id} trial={trial_id} />
      </th>
      {columns.slice(0, pinned).map((column, at) => cell(column, at, true))}
      <td>
        <StatusMark status={status} />
      </td>
      <td>{spectral_norm ? 'spectral norm' : 'none'}</td>
      <td>
        <TimeTaken trial={trial} />
      </td>
      {columns.slice(pinned).map((column, at) => cell(column, at, false))}
      <td class="fill" />
    </tr>
  );
}

/** The duration of a trial; of one that runs, the time since its start, which moves. */
function TimeTaken({ trial }: Pick<TrialRowProps, 'trial'>) {
  // Reading the clock draws a cell again; only a running trial needs that.
  const at = trial.status === 'running' ? serverNow.value : 0;
  return <>{formatDuration(takenMs(trial, at))}</>;
}

function cellValue({ trial, figures, lastOf }: TrialRowProps, { kind, name }: Column): unknown {
  if (kind === 'param') return trial.parameters[name];
  if (kind === 'metric')
    return trial.metrics[name] ?? lastOf(trial.trial_id, name) ?? figures.of(trial.trial_id, name)?.last;
  if (kind === 'last') return lastOf(trial.trial_id, name) ?? figures.of(trial.trial_id, name)?.last;
  return figures.of(trial.trial_id, name)?.[kind];
}

interface CellProps {
  readonly value: unknown;
  readonly kind: ColumnKind;
  /** The place from the left of a pinned column. */
  readonly pin: string | undefined;
}

function Cell({ value, kind, pin }: CellProps) {
  const isNone = value === undefined || value === null;
  const text = isNone ? '' : textOf(value, kind);
  return (
    <td
      class={pin === undefined ? 'number' : 'number pinned'}
      style={pin === undefined ? undefined : { left: pin }}
      title={isNone ? undefined : String(value)}
    >
      {text}
    </td>
  );
}

function textOf(value: unknown, kind: ColumnKind): string {
  if (kind === 'min_step' || kind === 'max_step') return formatInteger(value as number | string);
  return kind === 'param' ? formatValue(value) : formatNumber(metricNumber(value as number));
}
