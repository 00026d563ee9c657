import { useEffect, useMemo } from 'preact/hooks';
import type { Comparison, Facets, RunList } from '../../src/queries/shapes.ts';
import { MOST_COLUMNS } from '../api/most-columns.ts';
import { isAddressable, runApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { preferredMetric } from '../data/recent-values.ts';
import { useLoad } from '../data/use-load.ts';
import { counted } from '../format/counted.ts';
import { Boundary } from '../shell/boundary.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { address, go } from '../shell/location.ts';
import { State } from '../shell/state.tsx';
import { AdoptionChart } from './adoption-chart.tsx';
import { CompareControls } from './compare-controls.tsx';
import { type CompareView, compareQuery, filterQuery, readCompareView, writeCompareView } from './compare-view.ts';
import { CurveSection } from './curve-section.tsx';
import { Explore } from './explore.tsx';
import { scatterKey } from './explore-choices.ts';
import { looksOfGroups } from './group-looks.ts';
import { MetricResult } from './metric-result.tsx';
import { readSample } from './sample.ts';
import { useRounds } from './use-rounds.ts';
import { NOT_INDEPENDENT } from './welch-sentence.ts';

/** Parameters among the default axes. */
const MOST_AXES = 6;

interface Choices {
  readonly runs: RunList;
  /** Of the first run; null without a run. */
  readonly facets: Facets | null;
}

async function readChoices(run: string | undefined, signal: AbortSignal): Promise<Choices> {
  const runs = await requestJson<RunList>('/api/runs?limit=50', { signal });
  const first = run ?? runs.runs.find(({ model_run_id }) => isAddressable(model_run_id))?.model_run_id;
  if (first === undefined) return { runs, facets: null };
  return { runs, facets: await requestJson<Facets>(`${runApi(first)}/facets`, { signal }) };
}

/** Groups of trials, compared by their final metrics. */
export function ComparePage() {
  const stated = readCompareView(address.value.query);
  const { state, again } = useLoad((signal) => readChoices(stated.runs[0], signal), [stated.runs[0]]);
  const { data, error } = state.value;

  useEffect(() => {
    document.title = 'Compare · Thunderline';
  }, []);

  if (data === undefined) {
    if (error !== undefined) return <Failure error={error} what="the runs" onRetry={again} />;
    return <Loading what="the trials" />;
  }
  if (data.facets === null) {
    return (
      <State title="No run to compare yet">
        <a href="/">Go to the monitor</a>
      </State>
    );
  }
  const view = withDefaults(stated, data.facets);
  const onChange = (next: CompareView): void => go(`/compare?${writeCompareView(next)}`);
  return (
    <div class="page">
      <div class="title">
        <h1>Compare</h1>
      </div>
      <CompareControls
        view={view}
        runs={data.runs.runs.map(({ model_run_id }) => model_run_id)}
        facets={data.facets}
        onChange={onChange}
      />
      {view.metrics.length === 0 ? (
        <State title="The run has no final metrics yet">
          <p>Only metrics that trials report when they end can be compared.</p>
        </State>
      ) : (
        <Results view={view} facets={data.facets} onChange={onChange} />
      )}
    </div>
  );
}

/** Without choices: the newest run, and an accuracy or loss among its final metrics. */
const withDefaults = (view: CompareView, { model_run_id, metrics }: Facets): CompareView => ({
  ...view,
  runs: view.runs.length === 0 ? [model_run_id] : view.runs,
  metrics: view.metrics.length > 0 ? view.metrics : [preferredMetric(metrics.map(({ name }) => name)) ?? []].flat(),
});

interface ResultsProps {
  readonly view: CompareView;
  readonly facets: Facets;
  readonly onChange: (view: CompareView) => void;
}

function Results({ view, facets, onChange }: ResultsProps) {
  const round = useRounds(view.runs);
  const query = compareQuery(view);
  const filter = filterQuery(view);
  const axes = view.axes.length > 0 ? view.axes : axesAtFirst(view, facets);
  const columns = columnsOf(view, axes);
  const compared = useLoad((signal) => requestJson<Comparison>(`/api/compare?${query}`, { signal }), [query, round]);
  const sampled = useLoad((signal) => readSample(filter, columns, signal), [`${filter}`, columns.join('\n'), round]);
  const { data, error } = compared.state.value;
  const sample = sampled.state.value.data;
  const looks = useMemo(
    () => looksOfGroups(data?.group_by ?? [], data?.metrics[0]?.groups.map(({ group }) => group) ?? []),
    [data],
  );
  if (data === undefined) {
    if (error !== undefined) return <Failure error={error} what="the comparison" onRetry={compared.again} />;
    return <Loading what="the comparison" />;
  }
  return (
    <>
      {data.metrics.map((metric, at) => (
        <MetricResult key={metric.metric} comparison={data} result={metric} view={view} sample={sample} looks={looks}>
          {at === 0 && (
            <Boundary what="the curves">
              <CurveSection
                view={view}
                names={facets.metric_names}
                looks={looks}
                groups={metric.groups.length}
                round={round}
                onChange={onChange}
              />
            </Boundary>
          )}
        </MetricResult>
      ))}
      <p class="muted">
        Every trial is in a group ({counted(data.trials, 'trial')}); none is sampled. {NOT_INDEPENDENT}
      </p>
      {sample !== undefined && (
        <Boundary what="the single trials">
          <Explore view={view} facets={facets} sample={sample} axes={axes} looks={looks} onChange={onChange} />
        </Boundary>
      )}
      {/* It follows what is read later, so that nothing above it moves it. */}
      {(sample !== undefined || sampled.state.value.error !== undefined) && (
        <Boundary what="the adoption">
          <AdoptionChart filter={`${filter}`} round={round} />
        </Boundary>
      )}
    </>
  );
}

/** Parameters that vary, and the compared metrics. */
function axesAtFirst(view: CompareView, { parameters }: Facets): readonly string[] {
  const varied = parameters.filter(({ distinct }) => distinct > 1).slice(0, MOST_AXES);
  return [...varied.map(({ name }) => `param.${name}`), ...view.metrics.slice(0, 3).map((name) => `metric.${name}`)];
}

/** The values that the page needs of each trial. */
function columnsOf(view: CompareView, axes: readonly string[]): readonly string[] {
  const metrics = view.metrics.map((name) => `metric.${name}`);
  const asked = [...axes, ...metrics, ...view.groupBy, scatterKey(view.scatter, axes)];
  return [...new Set(asked)].filter((key) => /^(param|metric)\../.test(key)).slice(0, MOST_COLUMNS);
}
