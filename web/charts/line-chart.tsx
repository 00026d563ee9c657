import { effect, type ReadonlySignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { formatInteger, formatNumber } from '../format/number.ts';
import { formatDuration, zoneName } from '../format/time.ts';
import type { ChartView } from './chart-view.ts';
import type { Line } from './draw-lines.ts';
import { Extents } from './extents.ts';
import { LineLayer } from './line-layer.ts';
import { grownRange, hasPlace, type Range, rangeOf, SCALES, type YScale } from './scales.ts';
import { ninesTicksOf } from './ticks.ts';

export interface LineChartProps {
  readonly lines: () => readonly Line[];
  /** Changes when points have arrived. */
  readonly version: number;
  /** Everything else that `lines` depends on. The number of them is fixed. */
  readonly drawnFrom: readonly unknown[];
  /** The line under the pointer. */
  readonly focus: string | null;
  readonly view: ChartView;
  readonly dark: boolean;
  /** The place under the cursor, null when it leaves; shared by all charts. */
  readonly onCursor: (at: { readonly x: number; readonly y: number } | null) => void;
  readonly onZoom: (range: Range | undefined) => void;
  /** A click at an x; the function has the distance of a value from the pointer, in pixels. */
  readonly onPick?: (x: number, distancePx: (value: number) => number) => void;
  /** The place of the cursor in any of the charts. */
  readonly cursor: ReadonlySignal<{ readonly x: number } | null>;
  readonly label: string;
}

const HEIGHT_PX = 220;
/** A longer way of the pressed pointer is a drag. */
const CLICK_PX = 3;
/** Room beside the lines, as a share of the x axis. */
const X_ROOM = 0.02;

/** Lines over a shared x axis. uPlot draws axes and grid and handles cursor and zoom; the lines are on canvases above it. */
export function LineChart(props: LineChartProps) {
  const { drawnFrom, version, view, dark, focus, cursor, label } = props;
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new Chart(element, () => latest.current);
    chart.current = made;
    const endCursor = followCursor(made.plot, cursor);
    followClicks(made.plot, () => latest.current);
    return () => {
      endCursor();
      made.destroy();
      chart.current = null;
    };
  }, [view.x, view.xMetric, view.y, dark]);

  useEffect(
    () => chart.current?.renew(),
    [...drawnFrom, view.range, view.x, view.xMetric, view.y, view.yRange, view.fromZero, dark],
  );
  useEffect(() => chart.current?.advance(), [version]);
  useEffect(() => chart.current?.focus(), [focus]);

  return <div class="drawing" ref={host} role="img" aria-label={label} />;
}

class Chart {
  readonly plot: uPlot;
  private readonly layer: LineLayer;
  private readonly latest: () => LineChartProps;
  private readonly observer: ResizeObserver;
  private extents: Extents;
  private x: Range = { low: 0, high: 1 };
  private y: Range = { low: 0, high: 1 };

  constructor(host: HTMLElement, latest: () => LineChartProps) {
    const { view } = latest();
    this.latest = latest;
    this.extents = new Extents(view.range, view.y);
    this.plot = new uPlot(
      optionsOf(host.clientWidth, view, latest, () => this.paint()),
      [[0, 1]],
      host,
    );
    this.layer = new LineLayer(this.plot.over);
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: host.clientWidth, height: HEIGHT_PX }));
    this.observer.observe(host);
  }

  destroy(): void {
    this.observer.disconnect();
    this.plot.destroy();
  }

  /** Draws everything, with axes that fit it. */
  renew(): void {
    const { view } = this.latest();
    this.extents = new Extents(view.range, view.y);
    this.fit(true);
  }

  /** Draws the points that have arrived. The axes stay as long as they show all of them. */
  advance(): void {
    this.fit(false);
  }

  private fit(isNew: boolean): void {
    const { lines, view } = this.latest();
    const found = this.extents.of(lines());
    const grows = found.isContinued && !isNew;
    const y = view.fromZero ? { low: Math.min(0, found.y.low), high: Math.max(0, found.y.high) } : found.y;
    const [heldX, heldY] = [this.x, this.y];
    this.x = view.range ?? (grows ? grownRange(heldX, found.x, 'linear') : rangeOf(ends(found.x), 'linear', X_ROOM));
    this.y = chosenRange(view) ?? (grows ? grownRange(heldY, y, view.y) : rangeOf(ends(y), view.y));
    const isSame = isEqual(heldX, this.x) && isEqual(heldY, this.y);
    if (isSame) this.paint();
    // A new chart has axes before it has lines.
    if (isSame && !isNew) return;
    this.plot.batch(() => {
      this.plot.setScale('x', { min: this.x.low, max: this.x.high });
      this.plot.setScale('y', { min: this.y.low, max: this.y.high });
    });
  }

  focus(): void {
    const { lines, focus } = this.latest();
    this.layer.focus(lines(), focus);
  }

  private paint(): void {
    // uPlot draws for the first time before the layer exists.
    if (this.layer === undefined) return;
    const { lines, view, focus } = this.latest();
    const { x, y } = this;
    this.layer.paint({ ...this.plot.bbox, x, y, yScale: view.y, ratio: devicePixelRatio }, lines(), focus);
  }
}

/** Great steps are short, so that ticks do not lie over each other. */
const formatStep = (step: number): string => (step < 1e7 ? formatInteger(step) : formatNumber(step));

/** The range of y that one has chosen, if the scale has a place for its ends. */
const chosenRange = ({ yRange, y }: ChartView): Range | undefined =>
  yRange !== undefined && hasPlace(y, yRange.low) && hasPlace(y, yRange.high) ? yRange : undefined;

const ends = ({ low, high }: Range): readonly number[] => [low, high];
const isEqual = (a: Range, b: Range): boolean => a.low === b.low && a.high === b.high;

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

/** The scales as uPlot names them. */
const DISTRIBUTIONS: Readonly<Record<YScale, uPlot.Scale>> = {
  linear: { distr: 1 },
  log: { distr: 3 },
  symlog: { distr: 4 },
  nines: { distr: 100, fwd: SCALES.nines.to, bwd: SCALES.nines.from },
};

/** A click without a drag picks what is near. */
function followClicks(plot: uPlot, latest: () => Pick<LineChartProps, 'onPick'>): void {
  let pressedAt = 0;
  plot.over.addEventListener('mousedown', ({ clientX }) => {
    pressedAt = clientX;
  });
  plot.over.addEventListener('click', ({ clientX }) => {
    const { left = -1, top = -1 } = plot.cursor;
    if (Math.abs(clientX - pressedAt) > CLICK_PX || left < 0 || top < 0) return;
    latest().onPick?.(plot.posToVal(left, 'x'), (value) => Math.abs(plot.valToPos(value, 'y') - top));
  });
}

function optionsOf(
  width: number,
  view: ChartView,
  latest: () => Pick<LineChartProps, 'onCursor' | 'onZoom'>,
  onDraw: () => void,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const [muted, grid] = [style.getPropertyValue('--muted'), style.getPropertyValue('--grid')];
  const axis = { stroke: muted, grid: { stroke: grid, width: 1 }, ticks: { show: false }, font: '11px system-ui' };
  return {
    width,
    height: HEIGHT_PX,
    // The same before there is data, so that nothing moves when it arrives.
    padding: [10, 16, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: view.x === 'clock', auto: false },
      y: { auto: false, ...DISTRIBUTIONS[view.y] },
    },
    series: [{}],
    axes: [
      {
        ...axis,
        size: 28,
        ...(view.x === 'clock' ? { label: zoneName(), labelSize: 14, labelFont: '10px system-ui' } : {}),
        ...(view.x === 'metric' ? { label: view.xMetric, labelSize: 14, labelFont: '10px system-ui' } : {}),
        ...(view.x === 'relative' ? { values: (_, ticks) => ticks.map((tick) => formatDuration(tick)) } : {}),
        ...(view.x === 'step' ? { values: (_, ticks) => ticks.map(formatStep) } : {}),
      },
      {
        ...axis,
        scale: 'y',
        size: 56,
        values: (_, ticks) => ticks.map(view.y === 'nines' ? String : formatNumber),
        // uPlot would keep the powers of ten among the ticks only.
        ...(view.y === 'nines' && {
          splits: (_: uPlot, __: number, low: number, high: number) => ninesTicksOf(low, high),
          filter: (_: uPlot, ticks: number[]) => ticks,
        }),
      },
    ],
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: false } },
    hooks: {
      draw: [onDraw],
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
