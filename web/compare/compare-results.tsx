import { useMemo } from 'preact/hooks';
import type { Comparison, Facets } from '../../src/queries/shapes.ts';
import { requestJson } from '../api/request.ts';
import { useLoad } from '../data/use-load.ts';
import { counted } from '../format/counted.ts';
import { Answered } from '../shell/answered.tsx';
import { Boundary } from '../shell/boundary.tsx';
import { Failure } from '../shell/failure.tsx';
import { Loading } from '../shell/loading.tsx';
import { AdoptionChart } from './adoption-chart.tsx';
import { type CompareView, compareQuery, filterQuery } from './compare-view.ts';
import { CurveSection } from './curve-section.tsx';
import { Explore } from './explore.tsx';
import { looksOfGroups } from './group-looks.ts';
import { MetricResult } from './metric-result.tsx';
import { readSample } from './sample.ts';
import { chosenAxes, trialColumns } from './trial-columns.ts';
import { NOT_INDEPENDENT } from './welch-sentence.ts';

interface CompareResultsProps {
  readonly view: CompareView;
  readonly facets: Facets;
  /** Changes when trials have started or ended. */
  readonly round: number;
  readonly onChange: (view: CompareView) => void;
}

/** The figures of the groups, the single trials behind them, and the adoption of spectral norm. */
export function CompareResults({ view, facets, round, onChange }: CompareResultsProps) {
  const query = compareQuery(view);
  const filter = filterQuery(view);
  const chosen = chosenAxes(view, facets);
  const { columns, axes } = trialColumns(view, chosen);
  const compared = useLoad((signal) => requestJson<Comparison>(`/api/compare?${query}`, { signal }), [query], [round]);
  const sampled = useLoad((signal) => readSample(filter, columns, signal), [`${filter}`, columns], [round]);
  const { data, error } = compared;
  const sample = sampled.data;
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
      <Answered what="the comparison" loaded={compared}>
        {data.metrics.map((metric, at) => (
          <MetricResult
            key={metric.metric}
            comparison={data}
            result={metric}
            view={view}
            sample={sampled.isEarlier ? undefined : sample}
            looks={looks}
          >
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
      </Answered>
      <Answered what="the single trials" loaded={sampled}>
        {sample !== undefined && (
          <Boundary what="the single trials">
            <Explore
              view={view}
              facets={facets}
              sample={sample}
              chosen={chosen}
              axes={axes}
              looks={looks}
              onChange={onChange}
            />
          </Boundary>
        )}
      </Answered>
      {/* It follows what is read later, so that nothing above it moves it. */}
      {(sample !== undefined || sampled.error !== undefined) && (
        <Boundary what="the adoption">
          <AdoptionChart filter={`${filter}`} round={round} />
        </Boundary>
      )}
    </>
  );
}
