import { useSignal } from '@preact/signals';
import { searchNames } from '../data/name-search.ts';
import { Boundary } from '../shell/boundary.tsx';
import { change } from '../shell/location.ts';
import { State } from '../shell/state.tsx';
import { MetricChart } from './metric-chart.tsx';
import type { Cursor } from './read-out.tsx';
import type { RunStore } from './run-store.ts';
import { type RunView, writeRange } from './view.ts';

export interface ChartGridProps {
  readonly store: RunStore;
  readonly names: readonly string[];
  readonly trials: readonly string[];
  readonly slots: ReadonlyMap<string, number>;
  readonly view: RunView;
  readonly focus: string | null;
  readonly onFocus: (trial: string | null) => void;
  readonly onPick: (trial: string) => void;
}

/** Charts in the document at first, and further ones that a click adds. */
const CHARTS = 60;

/** A chart for each metric that the search selects. They share the cursor and the range of x. */
export function ChartGrid({ store, names, trials, slots, view, focus, onFocus, onPick }: ChartGridProps) {
  const cursor = useSignal<Cursor | null>(null);
  const most = useSignal(CHARTS);
  const found = searchNames(names, view.metrics);
  if (names.length === 0) return <State title="No metric has any points yet" />;
  if (trials.length === 0) return <State title="Select trials in the table to draw their metrics" />;
  return (
    <section aria-labelledby="charts-title">
      <div class="title">
        <h2 id="charts-title">Metrics</h2>
        <span class="muted">
          {Math.min(found.length, most.value)} of {names.length}
          {found.length > most.value ? '; search for the others by name' : ''}
        </span>
      </div>
      {found.length === 0 && (
        <State title={`0 of ${names.length} metrics match`}>
          <button type="button" onClick={() => change({ metrics: null })}>
            Clear the metric search
          </button>
        </State>
      )}
      <div class="charts">
        {found.slice(0, most.value).map((name) => (
          <Boundary key={name} what={`the chart of ${name}`}>
            <MetricChart
              store={store}
              name={name}
              trials={trials}
              slots={slots}
              colourBy={view.colourBy}
              view={view}
              halfLife={view.halfLife}
              focus={focus}
              cursor={cursor}
              onZoom={(range) => change({ range: writeRange(range) }, range === undefined ? 'push' : 'replace')}
              onFocus={onFocus}
              onPick={onPick}
            />
          </Boundary>
        ))}
      </div>
      {found.length > most.value && (
        <button
          type="button"
          onClick={() => {
            most.value += CHARTS;
          }}
        >
          Show {Math.min(CHARTS, found.length - most.value)} more
        </button>
      )}
    </section>
  );
}
