import { useEffect, useRef } from 'preact/hooks';
import type { Facets, RunList } from '../../src/queries/shapes.ts';
import { isAddressable, runApi } from '../api/paths.ts';
import { requestJson } from '../api/request.ts';
import { preferredMetric } from '../data/recent-values.ts';
import { useLoad } from '../data/use-load.ts';
import { Answered } from '../shell/answered.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { address, go } from '../shell/location.ts';
import { State } from '../shell/state.tsx';
import { CompareControls } from './compare-controls.tsx';
import { CompareResults } from './compare-results.tsx';
import { type CompareView, readCompareView, writeCompareView } from './compare-view.ts';
import { useRounds } from './use-rounds.ts';

/** The newest run that an address can name; undefined without a run. */
async function newestRun(signal: AbortSignal): Promise<string | undefined> {
  const { runs } = await requestJson<RunList>('/api/runs?limit=50', { signal });
  return runs.find(({ model_run_id }) => isAddressable(model_run_id))?.model_run_id;
}

/** The facets over all of these runs. */
function readFacets([first = '', ...others]: readonly string[], signal: AbortSignal): Promise<Facets> {
  const query = new URLSearchParams(others.map((run) => ['model_run_id', run]));
  return requestJson<Facets>(`${runApi(first)}/facets${query.size > 0 ? `?${query}` : ''}`, { signal });
}

interface Choices {
  readonly runs: readonly string[];
  /** Null without a run. */
  readonly facets: Facets | null;
}

/** Groups of trials, compared by their final metrics. */
export function ComparePage() {
  const stated = readCompareView(address.value.query);
  // A later run does not replace the one that the page has chosen by itself.
  const byDefault = useRef<string | undefined>(undefined);
  const round = useRounds(stated.runs.length > 0 ? stated.runs : [byDefault.current ?? []].flat());
  const read = async (signal: AbortSignal): Promise<Choices> => {
    if (stated.runs.length === 0) byDefault.current ??= await newestRun(signal);
    const runs = stated.runs.length > 0 ? stated.runs : [byDefault.current ?? []].flat();
    return { runs, facets: runs.length === 0 ? null : await readFacets(runs, signal) };
  };
  const loaded = useLoad(read, stated.runs, [round]);
  const shown = useRef<CompareView | undefined>(undefined);
  const { data, error, isEarlier, again } = loaded;

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
  const chosen = { ...stated, runs: stated.runs.length > 0 ? stated.runs : data.runs };
  // Names of the runs before are no choices of the new ones: their results stay as they are meanwhile.
  const view = isEarlier && shown.current !== undefined ? shown.current : withMetric(chosen, data.facets);
  shown.current = view;
  const onChange = (next: CompareView): void => go(`/compare?${writeCompareView(next)}`);
  return (
    <div class="page">
      <div class="title">
        <h1>Compare</h1>
      </div>
      <CompareControls
        view={{ ...chosen, metrics: chosen.metrics.length > 0 ? chosen.metrics : view.metrics }}
        facets={data.facets}
        onChange={onChange}
      />
      <Answered what="the runs" loaded={loaded}>
        {view.metrics.length === 0 ? (
          <State title={`The ${view.runs.length > 1 ? 'runs have' : 'run has'} no final metrics yet`}>
            <p>Only metrics that trials report when they end can be compared.</p>
          </State>
        ) : (
          <CompareResults view={view} facets={data.facets} round={round} onChange={onChange} />
        )}
      </Answered>
    </div>
  );
}

/** Without a chosen metric: an accuracy or loss among the final metrics. */
const withMetric = (view: CompareView, { metrics }: Facets): CompareView => ({
  ...view,
  metrics: view.metrics.length > 0 ? view.metrics : [preferredMetric(metrics.map(({ name }) => name)) ?? []].flat(),
});
