import uPlot from 'uplot';
import { xTicks, yTicks } from './axis-ticks.ts';
import type { ChartView } from './chart-view.ts';
import { Extents } from './extents.ts';
import type { LineChartProps } from './line-chart-props.ts';
import { LineLayer } from './line-layer.ts';
import { HEIGHT_PX, plotOptions } from './plot-options.ts';
import { grownRange, isDrawable, rangeOf } from './ranges.ts';
import { isSameRange, mapping, type Range, valueAt } from './scales.ts';
import { rangeOfX, zoomed } from './x-range.ts';

const NO_RANGE: Range = { low: 0, high: 1 };

/** A plot with its lines. It maps values to places; uPlot has axes from 0 to 1. */
export class Chart {
  private readonly plot: uPlot;
  private readonly layer: LineLayer;
  private readonly latest: () => LineChartProps;
  private readonly observer: ResizeObserver;
  private extents: Extents;
  private x: Range = NO_RANGE;
  private y: Range = NO_RANGE;

  constructor(host: HTMLElement, latest: () => LineChartProps) {
    const { view } = latest();
    this.latest = latest;
    this.extents = new Extents(view.range, view.y);
    const options = plotOptions(host.clientWidth, view, {
      xTicks: (widthPx) => xTicks(view.x, this.x, widthPx),
      yTicks: (heightPx) => yTicks(view.y, this.y, heightPx),
      onDraw: () => this.paint(),
      onCursor: (at) => latest().onCursor(at === null ? null : { x: this.xOf(at.left), y: this.yOf(at.top) }),
      onZoom: (part) =>
        latest().onZoom(part && zoomed(view.x, { low: this.xOf(part.left), high: this.xOf(part.right) })),
    });
    this.plot = new uPlot(options, [[0, 1]], host);
    this.layer = new LineLayer(this.plot.over);
    this.observer = new ResizeObserver(() => this.plot.setSize({ width: host.clientWidth, height: HEIGHT_PX }));
    this.observer.observe(host);
  }

  /** The area of the lines, which receives the pointer. */
  get over(): HTMLElement {
    return this.plot.over;
  }

  /** The place of the pointer in the area of the lines, in CSS pixels; -1 without one. */
  get pointer(): { readonly left: number; readonly top: number } {
    const { left, top } = this.plot.cursor;
    return { left: left ?? -1, top: top ?? -1 };
  }

  /** The place of an x from the left of the area of the lines, in CSS pixels. */
  leftOf(x: number): number {
    return mapping('linear', this.x, 0, this.over.clientWidth)(x);
  }

  /** The place of a value from the top of the area of the lines; NaN for a value without one. */
  topOf(value: number): number {
    return mapping(this.latest().view.y, this.y, this.over.clientHeight, 0)(value);
  }

  xOf(left: number): number {
    return valueAt('linear', this.x, left / this.over.clientWidth);
  }

  private yOf(top: number): number {
    return valueAt(this.latest().view.y, this.y, 1 - top / this.over.clientHeight);
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
    this.x = view.range ?? (grows ? grownRange(heldX, found.x, 'linear') : rangeOfX(ends(found.x)));
    this.y = chosenRange(view) ?? (grows ? grownRange(heldY, y, view.y) : rangeOf(ends(y), view.y));
    const isSame = isSameRange(heldX, this.x) && isSameRange(heldY, this.y);
    // A new chart has axes before it has lines.
    if (isSame && !isNew) this.paint();
    else this.plot.redraw(false, true);
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

/** The range of y that the user has set, if the scale can draw it. */
const chosenRange = ({ yRange, y }: ChartView): Range | undefined =>
  yRange !== undefined && isDrawable(yRange, y) ? yRange : undefined;

const ends = ({ low, high }: Range): readonly number[] => [low, high];
