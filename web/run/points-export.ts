import { runApi } from '../api/paths.ts';
import { formatInteger } from '../format/number.ts';

/** Ids of one address; a longer list would not fit into the head of a request. */
export const MOST_TRIALS = 100;

export interface PointsExport {
  readonly text: string;
  /** The difference between the export and the charts; empty without one. */
  readonly note: string;
  /** Undefined without anything to export. */
  readonly addressOf: ((format: string) => string) | undefined;
}

/** The export of the points of the trials in the charts; of every trial of the run where they are too many for an address. */
export function pointsExport(run: string, trials: readonly string[]): PointsExport {
  if (trials.length === 0) {
    return { text: 'Points of the charts: no trial is in the charts.', note: '', addressOf: undefined };
  }
  const isAll = trials.length > MOST_TRIALS;
  const addressOf = (format: string): string => {
    const query = new URLSearchParams({ format });
    if (!isAll) for (const trial of trials) query.append('trial', trial);
    return `${runApi(run)}/metrics/export?${query}`;
  };
  if (!isAll) return { text: 'Points of the charts', note: '', addressOf };
  const note = `The charts have ${formatInteger(trials.length)} trials; one export names at most ${MOST_TRIALS}, so this one has every trial.`;
  return { text: 'Points of every trial of the run', note, addressOf };
}
