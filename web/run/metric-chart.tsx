import { type Signal, useComputed, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Line } from '../charts/draw-lines.ts';
import { LineChart } from '../charts/line-chart.tsx';
import type { Range } from '../charts/scales.ts';
import { formatInteger } from '../format/number.ts';
import { theme } from '../shell/theme.ts';
import { type LinesOf, linesOf } from './lines-of.ts';
import { type Cursor, ReadOut } from './read-out.tsx';
import { ValueTable } from './value-table.tsx';

export interface MetricChartProps extends Omit<LinesOf, 'theme'> {
  readonly cursor: Signal<Cursor | null>;
  readonly onZoom: (range: Range | undefined) => void;
  readonly onFocus: (trial: string | null) => void;
}

/** The chart of one metric over the selected trials, with the values at the cursor below it. It mounts when it is seen. */
export function MetricChart(props: MetricChartProps) {
  const { store, name, trials, view, cursor } = props;
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

  useEffect(() => {
    if (!seen.value || trials.length === 0) return;
    const cancel = new AbortController();
    async function read(): Promise<void> {
      await store.open(name, trials, cancel.signal);
      if (view.x === 'metric') await store.open(view.xMetric, trials, cancel.signal);
      if (stepRange !== undefined) await store.openPart(name, trials, stepRange, cancel.signal);
    }
    read().then(
      () => {
        failure.value = '';
      },
      (error: unknown) => {
        if (!cancel.signal.aborted) failure.value = error instanceof Error ? error.message : String(error);
      },
    );
    return () => cancel.abort();
  }, [seen.value, store.forgotten.value, name, trials, view.x, view.xMetric, stepRange?.low, stepRange?.high]);

  const lines = (): Line[] => linesOf({ ...props, theme: theme.peek() });
  const version = useComputed(() => (seen.value ? store.pointsVersion.value : 0));
  const drawnFrom = [version.value, trials, props.slots, props.colourBy, props.halfLife, props.focus];
  return (
    <section class="chart" ref={host} aria-label={name}>
      <div class="head">
        <h3 title={name}>{name}</h3>
        <Said {...props} />
      </div>
      {failure.value !== '' && <p class="notice error">{failure.value}</p>}
      {seen.value && (
        <LineChart
          lines={lines}
          drawnFrom={drawnFrom}
          view={view}
          dark={theme.value === 'dark'}
          cursor={cursor}
          onCursor={(at) => {
            cursor.value = at === null ? null : { ...at, metric: name };
          }}
          onZoom={props.onZoom}
          label={`${name}, ${trials.length} trials; the table below has the values`}
        />
      )}
      {!seen.value && <div class="drawing" />}
      {seen.value && <ReadOut name={name} lines={lines()} view={view} cursor={cursor} onFocus={props.onFocus} />}
      {seen.value && <ValueTable name={name} lines={lines} />}
    </section>
  );
}

/** What the chart does not draw as it is: points in buckets, values that have no place. */
function Said({ store, name, trials, view }: MetricChartProps) {
  const range = view.x === 'step' ? view.range : undefined;
  const { total, shown } = store.said(name, trials, range);
  let [nonfinite, notPositive] = [0, 0];
  for (const trial of trials) {
    const series = store.of(name, trial, range);
    nonfinite += series?.marks.length ?? 0;
    if (view.y === 'log') notPositive += series?.min.filter((value) => value <= 0).length ?? 0;
  }
  const parts = [
    total > shown && `${formatInteger(shown)} of ${formatInteger(total)} points · min–max of each bucket`,
    nonfinite > 0 && `${formatInteger(nonfinite)} not finite ▼`,
    notPositive > 0 && `${formatInteger(notPositive)} at or below 0 ▽`,
  ].filter((part) => part !== false);
  return <span class="said">{parts.join(' · ')}</span>;
}
