import type { ReadonlySignal } from '@preact/signals';
import type { ChartView } from './chart-view.ts';
import type { Line } from './draw-lines.ts';
import type { Range } from './scales.ts';

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
