import type { Facets, TrialListItem } from '../../src/queries/shapes.ts';
import { trialValue } from './sample.ts';

/** A search on a logarithmic scale covers several powers of ten. */
const LOG_FROM = 100;
/** The share of the trials that are drawn bold. */
const BEST_SHARE = 0.1;

/** The parameters with a logarithmic axis by default: those above 0 whose greatest value is many times their least. */
export const logsAtFirst = ({ parameters }: Pick<Facets, 'parameters'>): readonly string[] =>
  parameters.flatMap(({ name, min, max }) =>
    min !== null && max !== null && min > 0 && max / min >= LOG_FROM ? [`param.${name}`] : [],
  );

/** The parameter of the scatter: the chosen one, or by default that of the first axis that is a parameter; empty if there is none. */
export const scatterKey = (chosen: string, axes: readonly string[]): string =>
  chosen !== '' ? chosen : (axes.find((key) => key.startsWith('param.')) ?? '');

/** The best tenth of the trials by a metric, at least one if any has a value. */
export function bestOf(
  trials: readonly TrialListItem[],
  metric: string,
  best: 'max' | 'min',
): ReadonlySet<TrialListItem> {
  const sign = best === 'max' ? -1 : 1;
  const valued = trials.flatMap((trial) => {
    const value = trialValue(trial, metric);
    return typeof value === 'number' && Number.isFinite(value) ? [{ trial, value: sign * value }] : [];
  });
  const ordered = valued.sort((a, b) => a.value - b.value).map(({ trial }) => trial);
  return new Set(ordered.slice(0, Math.ceil(ordered.length * BEST_SHARE)));
}
