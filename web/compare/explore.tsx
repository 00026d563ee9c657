import { useMemo } from 'preact/hooks';
import type { Facets } from '../../src/queries/shapes.ts';
import { rangeTexts } from '../charts/ranges.ts';
import { formatInteger } from '../format/number.ts';
import { Boundary } from '../shell/boundary.tsx';
import { theme } from '../shell/theme.ts';
import { type Axis, axisOf, isBrushed } from './axis.ts';
import { Several } from './compare-controls.tsx';
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
  readonly axes: readonly string[];
  readonly looks: GroupLooks;
  readonly onChange: (view: CompareView) => void;
}

/** Single trials: parallel coordinates, a scatter, and the table behind both. */
export function Explore({ view, facets, sample, axes: keys, looks, onChange }: ExploreProps) {
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
  const xKey = scatterKey(view.scatter, keys);
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
            chosen={keys}
            onChange={(chosen) => onChange({ ...view, axes: chosen })}
          />
          {view.brushes.size > 0 && (
            <button type="button" onClick={() => onChange({ ...view, brushes: new Map() })}>
              Clear brushes
            </button>
          )}
        </div>
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
      <TrialListSection axes={axes} trials={coloured} orderBy={metric} best={view.best} />
    </>
  );
}

const sampleText = (shown: number, total: number): string =>
  shown < total
    ? `the newest ${formatInteger(MOST_SAMPLED)} of ${formatInteger(total)} trials`
    : total === 1
      ? '1 trial'
      : `all ${formatInteger(total)} trials`;

interface BrushFieldsProps {
  readonly axes: readonly Axis[];
  readonly brushes: ReadonlyMap<string, Brush>;
  readonly onBrush: (key: string, brush: Brush | null) => void;
}

/** The brushes as numbers, for the keyboard and for exact bounds. */
function BrushFields({ axes, brushes, onBrush }: BrushFieldsProps) {
  return (
    <details>
      <summary>Bounds as numbers</summary>
      <div class="row">
        {axes
          .filter(({ isNumeric }) => isNumeric)
          .map(({ key, valueAt }) => {
            const brush = brushes.get(key) ?? { low: valueAt(0), high: valueAt(1) };
            const field = (end: 'low' | 'high') => (
              <input
                class="bound"
                type="number"
                step="any"
                aria-label={`${end === 'low' ? 'min' : 'max'} ${axisName(key)}`}
                value={rangeTexts(brush)[end === 'low' ? 0 : 1]}
                onChange={({ currentTarget }) => onBrush(key, { ...brush, [end]: Number(currentTarget.value) })}
              />
            );
            return (
              <span class="field" key={key}>
                <span class="muted">{axisName(key)}</span>
                <span class="row">
                  {field('low')} to {field('high')}
                </span>
              </span>
            );
          })}
      </div>
    </details>
  );
}
