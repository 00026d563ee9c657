import type { ChartView } from '../charts/chart-view.ts';
import type { Line } from '../charts/draw-lines.ts';
import type { Series } from '../charts/series.ts';
import { smooth } from '../charts/smooth.ts';
import { colourOf, slotOfSpectralNorm, type Theme } from '../colour/palette.ts';
import { atSameSteps } from './at-step.ts';
import type { RunStore } from './run-store.ts';

export interface LinesOf {
  readonly store: RunStore;
  readonly name: string;
  readonly trials: readonly string[];
  readonly slots: ReadonlyMap<string, number>;
  readonly colourBy: 'trial' | 'spectral_norm';
  readonly view: ChartView;
  readonly halfLife: number;
  readonly focus: string | null;
  readonly theme: Theme;
}

/** The lines of a metric's chart, one for each trial whose series is read. */
export function linesOf({ store, name, trials, slots, colourBy, view, halfLife, focus, theme }: LinesOf): Line[] {
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
        xs: xsOf(store, trial, series, view),
        ys: halfLife > 0 ? smooth(series.steps, series.last, halfLife, series.attempts) : series.last,
        colour: colourOf(slot, theme),
        emphasis: focus === null ? 'normal' : focus === trial ? 'strong' : 'weak',
        showsRaw: halfLife > 0,
      } satisfies Line,
    ];
  });
}

function xsOf(store: RunStore, trial: string, series: Series, { x, xMetric }: ChartView): readonly number[] {
  if (x === 'step') return series.steps;
  if (x === 'metric') return atSameSteps(series.steps, store.of(xMetric, trial));
  if (x === 'clock') return series.times.map((time) => time / 1000);
  const start = Date.parse(store.rows.get(trial)?.started_at ?? '') || (series.times[0] ?? 0);
  return series.times.map((time) => time - start);
}
