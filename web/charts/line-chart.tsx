import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Chart } from './chart.ts';
import type { LineChartProps } from './line-chart-props.ts';

/** A longer way of the pressed pointer is a drag. */
const CLICK_PX = 3;

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
    const endCursor = followCursor(made, cursor);
    followClicks(made, () => latest.current);
    return () => {
      endCursor();
      made.destroy();
      chart.current = null;
    };
  }, [view.x, view.xMetric, view.y, dark]);

  // The ranges are read from the address at each rendering, as new objects.
  const { range, yRange } = view;
  const ends = [range?.low, range?.high, yRange?.low, yRange?.high];
  useEffect(() => chart.current?.renew(), [...drawnFrom, ...ends, view.x, view.xMetric, view.y, view.fromZero, dark]);
  useEffect(() => chart.current?.advance(), [version]);
  useEffect(() => chart.current?.focus(), [focus]);

  return <div class="drawing" ref={host} role="img" aria-label={label} />;
}

/** A hairline where the cursor of another chart is. It is moved without drawing the lines again. */
function followCursor(chart: Chart, cursor: LineChartProps['cursor']): () => void {
  const { over } = chart;
  const mark = document.createElement('div');
  mark.className = 'shared-cursor';
  over.append(mark);
  return effect(() => {
    const at = cursor.value;
    const left = at === null ? -1 : chart.leftOf(at.x);
    const isShown = left >= 0 && left <= over.clientWidth && !over.matches(':hover');
    mark.style.display = isShown ? 'block' : 'none';
    if (isShown) mark.style.transform = `translateX(${Math.round(left)}px)`;
  });
}

/** A click without a drag picks what is near. */
function followClicks(chart: Chart, latest: () => Pick<LineChartProps, 'onPick'>): void {
  let pressedAt = 0;
  chart.over.addEventListener('mousedown', ({ clientX }) => {
    pressedAt = clientX;
  });
  chart.over.addEventListener('click', ({ clientX }) => {
    const { left, top } = chart.pointer;
    if (Math.abs(clientX - pressedAt) > CLICK_PX || left < 0 || top < 0) return;
    latest().onPick?.(chart.xOf(left), (value) => Math.abs(chart.topOf(value) - top));
  });
}
