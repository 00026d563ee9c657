import type { ChartView } from '../charts/chart-view.ts';
import type { Line } from '../charts/draw-lines.ts';
import type { Series } from '../charts/series.ts';
import { colourOf, slotOfSpectralNorm, type Theme } from '../colour/palette.ts';
import type { ChartColumns } from './chart-columns.ts';
import type { RunStore } from './run-store.ts';

export interface LinesOf {
  readonly store: RunStore;
  readonly name: string;
  readonly trials: readonly string[];
  readonly slots: ReadonlyMap<string, number>;
  readonly colourBy: 'trial' | 'spectral_norm';
  readonly view: ChartView;
  readonly halfLife: number;
  readonly columns: ChartColumns;
  readonly theme: Theme;
}

/** The lines of a metric's chart, one for each trial whose series is read. */
export function linesOf(of: LinesOf): Line[] {
  const { store, name, trials, slots, colourBy, view, halfLife, columns, theme } = of;
  return trials.flatMap((trial) => {
    const series = store.of(name, trial, view.x === 'step' ? view.range : undefined);
    if (series === undefined) return [];
    const slot =
      colourBy === 'trial'
        ? (slots.get(trial) ?? 0)
        : slotOfSpectralNorm(store.rows.get(trial)?.spectral_norm ?? false);
    return [
      {
        key: trial,
        series,
        xs: xsOf(of, trial, series),
        isOrdered: view.x === 'step',
        ys: columns.values(series),
        colour: colourOf(slot, theme),
        showsRaw: halfLife > 0,
        hidesExtremes: view.hidesExtremes,
      } satisfies Line,
    ];
  });
}

function xsOf({ store, columns, view: { x, xMetric } }: LinesOf, trial: string, series: Series): readonly number[] {
  if (x === 'step') return series.steps;
  if (x === 'metric') return columns.matched(series, store.of(xMetric, trial));
  return columns.times(series, Date.parse(store.rows.get(trial)?.started_at ?? '') || (series.times[0] ?? 0));
}
