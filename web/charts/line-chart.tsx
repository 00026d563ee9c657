import { effect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { formatInteger, formatNumber } from '../format/number.ts';
import { formatDuration, zoneName } from '../format/time.ts';
import type { ChartView } from './chart-view.ts';
import { drawLines, type Line } from './draw-lines.ts';
import { mapping, type Range, rangeOf } from './scales.ts';

export interface LineChartProps {
  /** Called for each drawing, so that a chart that moves ten times a second costs no rendering of components. */
  readonly lines: () => readonly Line[];
  /** The chart is drawn again when one of these changes: everything that `lines` depends on. The number of them is fixed. */
  readonly drawnFrom: readonly unknown[];
  readonly view: ChartView;
  readonly dark: boolean;
  /** The place under the cursor, null when it leaves; shared by all charts. */
  readonly onCursor: (at: { readonly x: number; readonly y: number } | null) => void;
  readonly onZoom: (range: Range | undefined) => void;
  /** The place of the cursor in any of the charts. */
  readonly cursor: ReadonlySignal<{ readonly x: number } | null>;
  readonly label: string;
}

const HEIGHT_PX = 220;

/** Lines over a shared x axis. uPlot draws axes and grid and handles cursor and zoom; the lines are drawn on its canvas. */
export function LineChart({ lines, drawnFrom, view, dark, cursor, onCursor, onZoom, label }: LineChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | null>(null);
  const latest = useRef({ lines, view, onCursor, onZoom });
  latest.current = { lines, view, onCursor, onZoom };

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const plot = new uPlot(
      options(element.clientWidth, view, () => latest.current),
      [[0, 1]],
      element,
    );
    chart.current = plot;
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
    observer.observe(element);
    const endCursor = followCursor(plot, cursor);
    return () => {
      endCursor();
      observer.disconnect();
      plot.destroy();
      chart.current = null;
    };
  }, [view.x, view.xMetric, view.y, dark]);

  useEffect(() => {
    const plot = chart.current;
    if (plot === null) return;
    const drawn = lines();
    const x = view.range ?? rangeOf(view.x === 'metric' ? everyX(drawn) : endsOf(drawn), 'linear');
    const shown = view.range === undefined ? valuesOf(drawn) : valuesWithin(drawn, view.range);
    const y = rangeOf(view.fromZero ? withZero(shown) : shown, view.y);
    plot.batch(() => {
      plot.setScale('x', { min: x.low, max: x.high });
      plot.setScale('y', { min: y.low, max: y.high });
      plot.redraw(false);
    });
  }, [...drawnFrom, view.range, view.x, view.xMetric, view.y, view.fromZero, dark]);

  return <div class="drawing" ref={host} role="img" aria-label={label} />;
}

/** A hairline where the cursor of another chart is. It is moved without drawing the lines again. */
function followCursor(plot: uPlot, cursor: LineChartProps['cursor']): () => void {
  const mark = document.createElement('div');
  mark.className = 'shared-cursor';
  plot.over.append(mark);
  return effect(() => {
    const at = cursor.value;
    const left = at === null ? -1 : plot.valToPos(at.x, 'x');
    const isShown = left >= 0 && left <= plot.over.clientWidth && !plot.over.matches(':hover');
    mark.style.display = isShown ? 'block' : 'none';
    mark.style.transform = `translateX(${Math.round(left)}px)`;
  });
}

function options(
  width: number,
  view: ChartView,
  latest: () => Pick<LineChartProps, 'lines' | 'view' | 'onCursor' | 'onZoom'>,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const [muted, grid] = [style.getPropertyValue('--muted'), style.getPropertyValue('--grid')];
  const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
  return {
    width,
    height: HEIGHT_PX,
    legend: { show: false },
    scales: {
      x: { time: view.x === 'clock', auto: false },
      y: { auto: false, distr: view.y === 'log' ? 3 : view.y === 'symlog' ? 4 : 1 },
    },
    series: [{}],
    axes: [
      {
        ...axis,
        size: 28,
        ...(view.x === 'clock' ? { label: zoneName(), labelSize: 14, labelFont: '10px system-ui' } : {}),
        ...(view.x === 'metric' ? { label: view.xMetric, labelSize: 14, labelFont: '10px system-ui' } : {}),
        ...(view.x === 'relative' ? { values: (_, ticks) => ticks.map((tick) => formatDuration(tick)) } : {}),
        ...(view.x === 'step' ? { values: (_, ticks) => ticks.map((tick) => formatInteger(tick)) } : {}),
      },
      { ...axis, scale: 'y', size: 56, values: (_, ticks) => ticks.map((tick) => formatNumber(tick)) },
    ],
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: false } },
    hooks: {
      draw: [(plot) => draw(plot, latest())],
      setCursor: [
        (plot) => {
          const { left = -1, top = -1 } = plot.cursor;
          const isOver = left !== null && top !== null && left >= 0 && top >= 0;
          latest().onCursor(isOver ? { x: plot.posToVal(left, 'x'), y: plot.posToVal(top, 'y') } : null);
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < 4) return;
          latest().onZoom({ low: plot.posToVal(left, 'x'), high: plot.posToVal(left + selected, 'x') });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [(plot) => plot.over.addEventListener('dblclick', () => latest().onZoom(undefined))],
    },
  };
}

function draw(plot: uPlot, { lines, view }: Pick<LineChartProps, 'lines' | 'view'>): void {
  const { left, top, width, height } = plot.bbox;
  const { min: low = 0, max: high = 1 } = plot.scales.x ?? {};
  const { min: foot = 0, max: head = 1 } = plot.scales.y ?? {};
  drawLines(
    {
      context: plot.ctx,
      left,
      top,
      width,
      height,
      toX: mapping('linear', { low: low ?? 0, high: high ?? 1 }, left, left + width),
      yScale: view.y,
      toY: mapping(view.y, { low: foot ?? 0, high: head ?? 1 }, top + height, top),
      ratio: devicePixelRatio,
    },
    lines(),
  );
}

/** Steps and times ascend. */
function* endsOf(lines: readonly Line[]): Generator<number> {
  for (const { xs } of lines) {
    yield xs[0] ?? Number.NaN;
    yield xs.at(-1) ?? Number.NaN;
  }
}

function* withZero(values: Iterable<number>): Generator<number> {
  yield 0;
  yield* values;
}

function* everyX(lines: readonly Line[]): Generator<number> {
  for (const { xs } of lines) yield* xs;
}

function* valuesOf(lines: readonly Line[]): Generator<number> {
  for (const { series, showsRaw, ys } of lines) {
    yield* series.min;
    yield* series.max;
    if (showsRaw) yield* ys;
  }
}

function* valuesWithin(lines: readonly Line[], { low, high }: Range): Generator<number> {
  for (const { series, xs } of lines) {
    for (const [at, x] of xs.entries()) {
      if (x < low || x > high) continue;
      yield series.min[at] ?? Number.NaN;
      yield series.max[at] ?? Number.NaN;
    }
  }
}
