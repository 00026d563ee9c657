import { runApi } from '../api/paths.ts';
import { type Column, columnKey } from './columns.ts';

export interface RunExportsProps {
  readonly run: string;
  /** The query of `/api/trials` that the table shows. */
  readonly filter: string;
  readonly columns: readonly Column[];
  /** Trials in the charts. */
  readonly trials: readonly string[];
}

/** Ids of one address; a longer list would not fit into the head of a request. */
const MOST_TRIALS = 100;

/** Links to the whole data behind the page: every trial that matches, every point. */
export function RunExports({ run, filter, columns, trials }: RunExportsProps) {
  const query = new URLSearchParams(filter);
  query.delete('sort');
  const rows = `/api/export/trials?${query}`;
  const named = new URLSearchParams(query);
  for (const column of columns) {
    if (column.kind === 'param' || column.kind === 'metric') named.append('column', columnKey(column));
  }
  const points = (format: string): string => {
    const asked = new URLSearchParams({ format });
    if (trials.length <= MOST_TRIALS) for (const trial of trials) asked.append('trial', trial);
    return `${runApi(run)}/metrics/export?${asked}`;
  };
  return (
    <details class="several">
      <summary>Export</summary>
      <div class="choices">
        <a href={`/api/export/trials?${named}&format=csv`} download="trials.csv">
          Trials with these columns, CSV
        </a>
        <a href={`${rows}&format=json`} download="trials.json">
          Trials with whole documents, JSON
        </a>
        <a href={points('csv')} download="points.csv">
          Points of the charts, CSV
        </a>
        <a href={points('json')} download="points.json">
          Points of the charts, JSON
        </a>
      </div>
    </details>
  );
}
