import type { MetricComparison } from '../../src/queries/shapes.ts';
import { type CompareView, compareQuery, filterQuery } from './compare-view.ts';
import { csvText } from './csv-text.ts';

export interface CompareExportsProps {
  readonly view: CompareView;
  readonly result: MetricComparison;
  readonly groupBy: readonly string[];
}

/** Links to the figures of the groups, and to every trial behind them. */
export function CompareExports({ view, result, groupBy }: CompareExportsProps) {
  const trials = filterQuery(view);
  for (const metric of view.metrics) trials.append('column', `metric.${metric}`);
  for (const key of groupBy) if (key !== 'spectral_norm') trials.append('column', key);
  return (
    <details class="several">
      <summary>Export</summary>
      <div class="choices">
        <a href={csvOf(result, groupBy)} download={`${result.metric}-by-group.csv`}>
          Figures of the groups, CSV
        </a>
        <a href={`/api/compare?${compareQuery(view)}`} download="comparison.json">
          Figures of the groups, JSON
        </a>
        <a href={`/api/export/trials?${trials}&format=csv`} download="trials.csv">
          Trials with these metrics, CSV
        </a>
        <a href={`/api/export/trials?${trials}&format=json`} download="trials.json">
          Trials with whole documents, JSON
        </a>
      </div>
    </details>
  );
}

const csvOf = (result: MetricComparison, groupBy: readonly string[]): string =>
  `data:text/csv;charset=utf-8,${encodeURIComponent(csvText(result, groupBy))}`;
