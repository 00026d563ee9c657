import type { ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { TrialListItem } from '../../src/queries/shapes.ts';
import type { Column } from './columns.ts';
import type { PointFigures } from './point-figures.ts';

/** Metrics whose last values are read for trials without final ones. */
const MOST_METRICS = 50;
/** The figures of running trials are read again about every ten seconds while points arrive. */
const VERSIONS_PER_READ = 20;

export interface UseFigures {
  readonly figures: PointFigures;
  /** Changes when last values may have changed. */
  readonly version: ReadonlySignal<number>;
  readonly columns: readonly Column[];
  /** The rows in the document. */
  readonly shown: readonly TrialListItem[];
}

/** Reads the figures of points that the rows in the document show. */
export function useFigures({ figures, version, columns, shown }: UseFigures): void {
  const names = [
    ...new Set(columns.flatMap(({ kind, name }) => (kind === 'param' || kind === 'metric' ? [] : [name]))),
  ];
  const metrics = columns.flatMap(({ kind, name }) => (kind === 'metric' ? [name] : [])).slice(0, MOST_METRICS);
  const unended = shown.flatMap(({ trial_id, metrics: final }) =>
    metrics.some((name) => final[name] === undefined) ? [trial_id] : [],
  );
  const round = Math.floor(version.value / VERSIONS_PER_READ);
  const visible = shown.map(({ trial_id }) => trial_id);
  useEffect(() => {
    const cancel = new AbortController();
    figures.renew(shown.flatMap(({ trial_id, status }) => (status === 'running' ? [trial_id] : [])));
    const open = async (): Promise<void> => {
      await figures.open(visible, names, cancel.signal);
      await figures.open(unended, metrics, cancel.signal);
    };
    // The cells stay empty if it fails; the next scroll asks again.
    open().catch(() => undefined);
    return () => cancel.abort();
  }, [round, visible.join('\n'), unended.length, names.join('\n'), metrics.join('\n')]);
  void figures.version.value;
}
