import type uPlot from 'uplot';
import { zoneName } from '../format/time.ts';
import { type Tick, textWidthPx } from './axis-ticks.ts';
import type { ChartView } from './chart-view.ts';

/** The ticks that a plot draws, and the functions that it calls with the pointer. */
export interface PlotOwner {
  readonly xTicks: (widthPx: number) => readonly Tick[];
  readonly yTicks: (heightPx: number) => readonly Tick[];
  readonly onDraw: () => void;
  /** A place in CSS pixels from the upper left corner of the lines; null when the pointer leaves. */
  readonly onCursor: (at: { readonly left: number; readonly top: number } | null) => void;
  /** A drag over a part of the x axis; undefined shows everything. */
  readonly onZoom: (part: { readonly left: number; readonly right: number } | undefined) => void;
}

export const HEIGHT_PX = 220;
/** The width of labels such as `0.9312`. Stacked charts have their lines at the same x unless a label is wider. */
const Y_SIZE_PX = 56;
const SIZE_PX = 28;
/** A clock has a second line, for the day. */
const CLOCK_SIZE_PX = 42;
const LABEL = { labelSize: 14, labelFont: '10px system-ui' };
const LEAST_DRAG_PX = 4;

/**
 * A plot whose axes are from 0 to 1: it draws the places of ticks that the chart has computed, so that no range of values
 * can stop it.
 */
export function plotOptions(width: number, view: ChartView, owner: PlotOwner): uPlot.Options {
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
      x: { time: false, auto: false, min: 0, max: 1, range: [0, 1] },
      y: { auto: false, min: 0, max: 1, range: [0, 1] },
    },
    series: [{}],
    axes: [
      {
        ...axis,
        size: view.x === 'clock' ? CLOCK_SIZE_PX : SIZE_PX,
        ...(view.x === 'clock' ? { label: zoneName(), ...LABEL } : {}),
        ...(view.x === 'metric' ? { label: view.xMetric, ...LABEL } : {}),
        ...ticksBy(({ width: widthPx }) => owner.xTicks(widthPx)),
      },
      {
        ...axis,
        scale: 'y',
        size: (_, values) => Math.max(Y_SIZE_PX, 12 + Math.max(0, ...(values ?? []).map(textWidthPx))),
        ...ticksBy(({ height: heightPx }) => owner.yTicks(heightPx)),
      },
    ],
    cursor: { y: false, drag: { x: true, y: false, setScale: false }, points: { show: false } },
    hooks: {
      draw: [owner.onDraw],
      setCursor: [
        ({ cursor: { left = -1, top = -1 } }) => {
          const isOver = left !== null && top !== null && left >= 0 && top >= 0;
          owner.onCursor(isOver ? { left, top } : null);
        },
      ],
      setSelect: [
        (plot) => {
          const { left, width: selected } = plot.select;
          if (selected < LEAST_DRAG_PX) return;
          owner.onZoom({ left, right: left + selected });
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      ready: [(plot) => plot.over.addEventListener('dblclick', () => owner.onZoom(undefined))],
    },
  };
}

/** The places and texts of an axis. uPlot asks for the texts after the places. */
function ticksBy(read: (size: { readonly width: number; readonly height: number }) => readonly Tick[]) {
  let ticks: readonly Tick[] = [];
  return {
    splits(plot: uPlot): number[] {
      const [width, height] = [plot.bbox.width / devicePixelRatio, plot.bbox.height / devicePixelRatio];
      // The first layout asks before the plot has a size.
      ticks = read({ width: width > 0 ? width : plot.width, height: height > 0 ? height : plot.height });
      return ticks.map(({ place }) => place);
    },
    values: (): string[] => ticks.map(({ text }) => text),
  };
}
