import { searchFault } from '../data/name-search.ts';
import { change } from '../shell/location.ts';
import { SearchFault } from '../shell/search-fault.tsx';
import { Choice } from './choice.tsx';
import { type RunView, writeRange, writeX } from './view.ts';
import { YRange } from './y-range.tsx';

const HALF_LIVES = [0, 2, 5, 10, 50, 100, 500, 1000];

/** Metrics that the x axis offers by name. */
const MOST_X = 200;

export interface ChartControlsProps {
  readonly view: RunView;
  /** Metrics that have points. */
  readonly names: readonly string[];
}

/** How the charts draw. Each control writes its choice into the address. */
export function ChartControls({ view, names }: ChartControlsProps) {
  const xMetrics = [...new Set([...(view.x === 'metric' ? [view.xMetric] : []), ...names.slice(0, MOST_X)])];
  return (
    <fieldset class="row">
      <legend class="hidden-text">Charts</legend>
      <input
        type="search"
        placeholder="Metrics, or /regex/"
        aria-label="Show metrics whose name matches"
        aria-invalid={searchFault(view.metrics) !== undefined}
        value={view.metrics}
        onInput={({ currentTarget }) => change({ metrics: currentTarget.value }, 'replace')}
      />
      <SearchFault search={view.metrics} />
      <Choice
        label="x"
        value={writeX(view)}
        name="x"
        resets={['range']}
        choices={[
          ['step', 'step'],
          ['relative', 'time since start'],
          ['clock', 'wall-clock time'],
          ...xMetrics.map((name) => [`metric.${name}`, name] as const),
        ]}
      />
      <Choice
        label="y"
        value={view.fromZero ? 'zero' : view.y}
        name="y"
        choices={[
          ['linear', 'linear'],
          ['zero', 'linear from 0'],
          ['log', 'logarithmic'],
          ['symlog', 'symmetric log'],
          ['nines', 'distance to 1'],
        ]}
      />
      <YRange key={writeRange(view.yRange) ?? ''} range={view.yRange} />
      <Choice
        label="Smoothing"
        value={String(view.halfLife)}
        name="smooth"
        choices={HALF_LIVES.map((steps) => [String(steps), steps === 0 ? 'none' : `${steps} steps`] as const)}
      />
      <Choice
        label="Extremes"
        value={view.hidesExtremes ? 'hidden' : 'shown'}
        name="extremes"
        choices={[
          ['shown', 'shown'],
          ['hidden', 'hidden'],
        ]}
      />
      <Choice
        label="Colour"
        value={view.colourBy}
        name="colour"
        choices={[
          ['trial', 'by trial'],
          ['spectral_norm', 'by spectral norm'],
        ]}
      />
      {view.range !== undefined && (
        <button type="button" onClick={() => change({ range: null })}>
          Reset zoom (z)
        </button>
      )}
    </fieldset>
  );
}
