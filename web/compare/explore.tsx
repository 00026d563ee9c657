import { useMemo } from 'preact/hooks';
import type { Facets } from '../../src/queries/shapes.ts';
import { MOST_COLUMNS } from '../api/most-columns.ts';
import { counted } from '../format/counted.ts';
import { formatInteger } from '../format/number.ts';
import { Boundary } from '../shell/boundary.tsx';
import { Several } from '../shell/several.tsx';
import { theme } from '../shell/theme.ts';
import { axisOf, isBrushed } from './axis.ts';
import { BrushFields } from './brush-fields.tsx';
import { axisName, type Brush, type CompareView } from './compare-view.ts';
import { bestOf, logsAtFirst, scatterKey } from './explore-choices.ts';
import { colourOfGroup, type GroupLooks, lookOfGroup } from './group-looks.ts';
import { type ColouredTrial, ParallelCoordinates } from './parallel-coordinates.tsx';
import { groupOf, MOST_SAMPLED, type Sample } from './sample.ts';
import { Scatter } from './scatter.tsx';
import { TrialListSection } from './trial-list.tsx';

export interface ExploreProps {
  readonly view: CompareView;
  readonly facets: Facets;
  readonly sample: Sample;
  /** The chosen axes, and those of them that have values here. */
  readonly chosen: readonly string[];
  readonly axes: readonly string[];
  readonly looks: GroupLooks;
  readonly onChange: (view: CompareView) => void;
}

/** Single trials: parallel coordinates, a scatter, and the table behind both. */
export function Explore({ view, facets, sample, chosen, axes: keys, looks, onChange }: ExploreProps) {
  const { trials, total } = sample;
  const metric = `metric.${view.metrics[0] ?? ''}`;
  const logs = view.logs ?? logsAtFirst(facets);
  const all = useMemo(
    () => keys.map((key) => axisOf(key, trials, logs.includes(key))),
    [trials, keys.join('\n'), logs.join('\n')],
  );
  const axes = useMemo(() => all.filter(({ isEmpty }) => !isEmpty), [all]);
  const empty = all.filter(({ isEmpty }) => isEmpty).map(({ key }) => axisName(key));
  const coloured = useMemo(() => {
    const best = bestOf(trials, metric, view.best);
    return trials.map((trial): ColouredTrial => {
      const group = groupOf(trial, view.groupBy);
      return {
        trial,
        colour: colourOfGroup(looks, group, theme.value),
        variant: lookOfGroup(looks, group).variant,
        isBest: best.has(trial),
        isShown: isBrushed(trial, all, view.brushes),
      };
    });
  }, [trials, all, looks, view.brushes, metric, view.best, theme.value]);
  const xKey = scatterKey(view.scatter, chosen);
  const x = useMemo(() => axisOf(xKey, trials, logs.includes(xKey)), [trials, xKey, logs.join('\n')]);
  const y = useMemo(() => axisOf(metric, trials, logs.includes(metric)), [trials, metric, logs.join('\n')]);
  const choices = [
    ...facets.parameters.map(({ name }) => `param.${name}`),
    ...facets.metrics.map(({ name }) => `metric.${name}`),
  ];

  function brush(key: string, next: Brush | null): void {
    const brushes = new Map(view.brushes);
    if (next === null) brushes.delete(key);
    else brushes.set(key, next);
    onChange({ ...view, brushes });
  }
  const setLog = (key: string, isLog: boolean): void =>
    onChange({ ...view, logs: isLog ? [...logs, key] : logs.filter((each) => each !== key) });

  return (
    <>
      <section aria-labelledby="parallel-title" class="block">
        <div class="row">
          <h2 id="parallel-title">Parallel coordinates</h2>
          <span class="muted">
            {sampleText(trials.length, total)}, the best tenth in bold; drag along an axis to keep a part of it, click
            the axis to clear its brush
          </span>
          <span class="spacer" />
          <Several
            label="Axes"
            choices={choices}
            chosen={chosen}
            onChange={(next) => onChange({ ...view, axes: next })}
          />
          {view.brushes.size > 0 && (
            <button type="button" onClick={() => onChange({ ...view, brushes: new Map() })}>
              Clear brushes
            </button>
          )}
        </div>
        {chosen.length > keys.length && (
          <p class="notice">
            {counted(chosen.length - keys.length, 'axis is', 'axes are')} left out: the values of at most {MOST_COLUMNS}{' '}
            parameters and metrics can be read, those of the comparison included.
          </p>
        )}
        {empty.length > 0 && <p class="muted">None of these trials has a value for {empty.join(', ')}.</p>}
        {axes.length > 0 && (
          <Boundary what="the parallel coordinates">
            <ParallelCoordinates axes={axes} trials={coloured} brushes={view.brushes} onBrush={brush} onLog={setLog} />
          </Boundary>
        )}
        <BrushFields axes={axes} brushes={view.brushes} onBrush={brush} />
      </section>
      {xKey !== '' && (
        <section aria-labelledby="scatter-title" class="block">
          <div class="row">
            <h2 id="scatter-title">{axisName(metric)} against</h2>
            <select
              aria-label="Parameter of the scatter plot"
              value={xKey}
              onChange={({ currentTarget }) => onChange({ ...view, scatter: currentTarget.value })}
            >
              {facets.parameters.map(({ name }) => (
                <option key={name} value={`param.${name}`}>
                  {name}
                </option>
              ))}
            </select>
            {[x, y].map((axis, at) => (
              <label key={axis.key}>
                <input
                  type="checkbox"
                  checked={axis.isLog}
                  disabled={!axis.mayBeLog}
                  onChange={() => setLog(axis.key, !axis.isLog)}
                />{' '}
                {at === 0 ? 'x' : 'y'} logarithmic
              </label>
            ))}
          </div>
          <Boundary what="the scatter">
            <Scatter x={x} y={y} trials={coloured} />
          </Boundary>
        </section>
      )}
      <TrialListSection
        axes={axes}
        trials={coloured}
        orderBy={metric}
        best={view.best}
        namesRuns={view.runs.length > 1}
      />
    </>
  );
}

const sampleText = (shown: number, total: number): string =>
  shown < total
    ? `the newest ${formatInteger(MOST_SAMPLED)} of ${formatInteger(total)} trials`
    : total === 1
      ? '1 trial'
      : `all ${formatInteger(total)} trials`;
