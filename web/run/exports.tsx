import { type Column, columnKey } from './columns.ts';
import { pointsExport } from './points-export.ts';

export interface RunExportsProps {
  readonly run: string;
  /** The query of `/api/trials` that the table shows. */
  readonly filter: string;
  readonly columns: readonly Column[];
  /** Trials in the charts. */
  readonly trials: readonly string[];
}

const FORMATS = ['csv', 'json'] as const;

/** Links to the whole data behind the page: every trial that matches, every point. */
export function RunExports({ run, filter, columns, trials }: RunExportsProps) {
  const query = new URLSearchParams(filter);
  query.delete('sort');
  const rows = `/api/export/trials?${query}`;
  const named = new URLSearchParams(query);
  for (const column of columns) {
    if (column.kind === 'param' || column.kind === 'metric') named.append('column', columnKey(column));
  }
  const points = pointsExport(run, trials);
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
        {points.addressOf === undefined && <p class="muted">{points.text}</p>}
        {points.addressOf !== undefined && <PointLinks text={points.text} addressOf={points.addressOf} />}
        {points.note !== '' && <p class="muted">{points.note}</p>}
      </div>
    </details>
  );
}

interface PointLinksProps {
  readonly text: string;
  readonly addressOf: (format: string) => string;
}

const PointLinks = ({ text, addressOf }: PointLinksProps) => (
  <>
    {FORMATS.map((format) => (
      <a key={format} href={addressOf(format)} download={`points.${format}`}>
        {text}, {format.toUpperCase()}
      </a>
    ))}
  </>
);
