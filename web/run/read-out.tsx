import type { Signal } from '@preact/signals';
import type { ChartView } from '../charts/chart-view.ts';
import type { Line } from '../charts/draw-lines.ts';
import { placeAt } from '../charts/place-at.ts';
import { formatInteger, formatNumber } from '../format/number.ts';
import { formatDateTime, formatDuration } from '../format/time.ts';
import { CutText } from '../shell/cut-text.tsx';
import { Swatch } from '../shell/swatch.tsx';

/** The cursor that all charts of the page share. */
export interface Cursor {
  readonly x: number;
  /** The value under the pointer, on the scale of the chart `metric`. */
  readonly y: number;
  /** The chart under the pointer. */
  readonly metric: string;
}

export interface ReadOutProps {
  readonly name: string;
  readonly lines: readonly Line[];
  /** Trials of the chart; the place of their values is kept until those are read. */
  readonly trials: number;
  readonly view: ChartView;
  readonly cursor: Signal<Cursor | null>;
  readonly onFocus: (trial: string | null) => void;
}

const MOST = 10;
const ROW_PX = 17;

/** A head, the values in two columns, and how many more there are. */
export const readOutHeight = (trials: number): string =>
  `${ROW_PX * (1 + Math.ceil(Math.min(MOST, trials) / 2) + (trials > MOST ? 1 : 0))}px`;

/** The values at the cursor beside the chart, never over it: in the chart under the pointer the nearest first, else the greatest. */
export function ReadOut({ name, lines, trials, view, cursor, onFocus }: ReadOutProps) {
  const at = cursor.value;
  const pointed = at?.metric === name ? at.y : undefined;
  const values = lines
    .flatMap(({ key, xs, ys, colour }) => {
      const place = at === null ? xs.length - 1 : placeAt(xs, at.x, view.x !== 'metric');
      const value = ys[place];
      return value === undefined ? [] : [{ key, value, colour }];
    })
    .sort((a, b) =>
      pointed === undefined ? b.value - a.value : Math.abs(a.value - pointed) - Math.abs(b.value - pointed),
    );
  return (
    <div class="readout" style={{ minHeight: readOutHeight(trials) }}>
      <p class="muted">{at === null ? 'last values' : `at ${formatX(at.x, view)}`}</p>
      <ol aria-label={`values of ${name}`}>
        {values.slice(0, MOST).map(({ key, value, colour }) => (
          <li key={key} onMouseEnter={() => onFocus(key)} onMouseLeave={() => onFocus(null)}>
            <Swatch colour={colour} />
            <span class="id" title={key}>
              <CutText text={key} />
            </span>
            <span title={String(value)}>{formatNumber(value)}</span>
          </li>
        ))}
      </ol>
      {values.length > MOST && <p class="muted">and {values.length - MOST} more</p>}
    </div>
  );
}

function formatX(x: number, view: ChartView): string {
  if (view.x === 'step') return `step ${formatInteger(Math.round(x))}`;
  if (view.x === 'clock') return `${formatDateTime(x * 1000)} (${new Date(x * 1000).toISOString().slice(11, 19)} UTC)`;
  return view.x === 'relative' ? formatDuration(Math.max(0, x)) : `${view.xMetric} ${formatNumber(x)}`;
}
