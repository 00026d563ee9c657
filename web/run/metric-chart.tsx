import { type Signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { errorText } from '../api/error-text.ts';
import type { ChartView } from '../charts/chart-view.ts';
import type { Line } from '../charts/draw-lines.ts';
import { LineChart } from '../charts/line-chart.tsx';
import { placeAt } from '../charts/place-at.ts';
import type { Range } from '../charts/scales.ts';
import { useRead } from '../data/use-read.ts';
import { counted } from '../format/counted.ts';
import { formatInteger } from '../format/number.ts';
import { formatDuration } from '../format/time.ts';
import { theme } from '../shell/theme.ts';
import { chartColumns } from './chart-columns.ts';
import { type LinesOf, linesOf } from './lines-of.ts';
import { type Cursor, ReadOut, readOutHeight } from './read-out.tsx';
import { ValueTable } from './value-table.tsx';

export interface MetricChartProps extends Omit<LinesOf, 'theme' | 'columns'> {
  /** The trial under the pointer. */
  readonly focus: string | null;
  readonly cursor: Signal<Cursor | null>;
  readonly onZoom: (range: Range | undefined) => void;
  readonly onFocus: (trial: string | null) => void;
  /** A click near the line of a trial. */
  readonly onPick: (trial: string) => void;
}

/** A click picks no line that is further away. */
const NEAR_PX = 24;

/** The chart of one metric over the selected trials, with the values at the cursor below it. It mounts when it is near the visible part of the page. */
export function MetricChart(props: MetricChartProps) {
  const { store, name, trials, cursor } = props;
  const view = fittingView(props);
  const host = useRef<HTMLElement>(null);
  const seen = useSignal(false);
  const failure = useSignal('');
  const stepRange = view.x === 'step' ? view.range : undefined;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        seen.value = entries.some(({ isIntersecting }) => isIntersecting);
      },
      { rootMargin: '200px' },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  async function read(signal: AbortSignal): Promise<void> {
    await store.open(name, trials, signal);
    if (view.x === 'metric') await store.open(view.xMetric, trials, signal);
    if (stepRange !== undefined) await store.openPart(name, trials, stepRange, signal);
  }
  useRead(
    (signal) => (seen.value && trials.length > 0 ? read(signal) : undefined),
    () => {
      failure.value = '';
    },
    (error, pauseMs) => {
      const cause = errorText(error);
      failure.value = pauseMs === undefined ? cause : `${cause}; retrying in ${formatDuration(pauseMs)}`;
    },
    [seen.value, store.forgotten.value, name, trials, view.x, view.xMetric, stepRange?.low, stepRange?.high],
  );

  const columns = useMemo(() => chartColumns(view.x, props.halfLife), [store, view.x, props.halfLife]);
  const lines = (): Line[] => linesOf({ ...props, view, columns, theme: theme.peek() });
  const version = useComputed(() => (seen.value ? store.pointsVersion.value : 0));

  function pick(x: number, distancePx: (value: number) => number): void {
    let [nearest, leastPx] = ['', NEAR_PX];
    for (const { key, xs, ys } of lines()) {
      const px = distancePx(ys[placeAt(xs, x, view.x !== 'metric')] ?? Number.NaN);
      if (px < leastPx) [nearest, leastPx] = [key, px];
    }
    if (nearest !== '') props.onPick(nearest);
  }

  return (
    <section class="chart" ref={host} aria-label={name}>
      <div class="head">
        <h3 title={name}>{name}</h3>
        <Said {...props} view={view} isPossible={view.y === props.view.y} />
      </div>
      {failure.value !== '' && <p class="notice error">{failure.value}</p>}
      {seen.value && (
        <LineChart
          lines={lines}
          drawnFrom={[trials, props.slots, props.colourBy, columns, view.hidesExtremes]}
          version={version.value}
          focus={props.focus}
          view={view}
          dark={theme.value === 'dark'}
          cursor={cursor}
          onCursor={(at) => {
            cursor.value = at === null ? null : { ...at, metric: name };
          }}
          onZoom={props.onZoom}
          onPick={pick}
          label={`${name}, ${counted(trials.length, 'trial')}; the table below has the values`}
        />
      )}
      {!seen.value && <div class="drawing" />}
      {seen.value ? (
        <ReadOut
          name={name}
          lines={lines()}
          trials={trials.length}
          view={view}
          cursor={cursor}
          onFocus={props.onFocus}
        />
      ) : (
        <div class="readout" style={{ minHeight: readOutHeight(trials.length) }} />
      )}
      <ValueTable name={name} lines={lines} />
    </section>
  );
}

/** The distance to 1 is the scale of charts whose values are all from 0 to 1; the others stay linear. */
function fittingView({ store, name, trials, view }: MetricChartProps): ChartView {
  if (view.y !== 'nines') return view;
  const isFitting = trials.every((trial) => {
    const { min = [], max = [] } = store.of(name, trial) ?? {};
    return min.every((value) => value >= 0) && max.every((value) => value <= 1);
  });
  return isFitting ? view : { ...view, y: 'linear' };
}

interface SaidProps extends MetricChartProps {
  /** The chosen scale is possible. */
  readonly isPossible: boolean;
}

/** Says which points are drawn as buckets, and which values are not drawn. */
function Said({ store, name, trials, view, isPossible }: SaidProps) {
  const range = view.x === 'step' ? view.range : undefined;
  const { total, shown, nonfinite: unread } = store.said(name, trials, range);
  let [nonfinite, unplaced] = [0, 0];
  for (const trial of trials) {
    const series = store.of(name, trial, range);
    nonfinite += series?.marks.length ?? 0;
    if (view.y === 'log') for (const value of series?.min ?? []) unplaced += value <= 0 ? 1 : 0;
    if (view.y === 'nines') for (const value of series?.max ?? []) unplaced += value >= 1 ? 1 : 0;
  }
  const parts = [
    total - unread > shown &&
      `${formatInteger(shown)} of ${formatInteger(total)} points${view.hidesExtremes ? '' : ' · min and max of each bucket'}`,
    Math.max(nonfinite, unread) > 0 && `${formatInteger(Math.max(nonfinite, unread))} not finite ▲`,
    unplaced > 0 && `${formatInteger(unplaced)} ${view.y === 'log' ? 'at or below 0 ▽' : 'at 1 △'}`,
    !isPossible && 'linear, because not all values are between 0 and 1',
  ].filter((part) => part !== false);
  return <span class="said">{parts.join(' · ')}</span>;
}
