import type { Facets } from '../../src/queries/shapes.ts';
import { MOST_COLUMNS } from '../api/most-columns.ts';
import type { CompareView } from './compare-view.ts';
import { scatterKey } from './explore-choices.ts';

/** Parameters among the default axes. */
const MOST_AXES = 6;

/** The chosen axes; by default parameters that vary, and the compared metrics. */
export function chosenAxes(view: CompareView, { parameters }: Pick<Facets, 'parameters'>): readonly string[] {
  if (view.axes.length > 0) return view.axes;
  const varied = parameters.filter(({ distinct }) => distinct > 1).slice(0, MOST_AXES);
  return [...varied.map(({ name }) => `param.${name}`), ...view.metrics.slice(0, 3).map((name) => `metric.${name}`)];
}

export interface TrialColumns {
  /** The values that the page needs of each trial. */
  readonly columns: readonly string[];
  /** The axes whose values are among them. */
  readonly axes: readonly string[];
}

/**
 * The columns of the request for single trials. The figures of the page need the metrics, the groups and the scatter, so that only
 * axes are left out where one request cannot name all.
 */
export function trialColumns(view: CompareView, axes: readonly string[]): TrialColumns {
  const metrics = view.metrics.map((name) => `metric.${name}`);
  const needed = new Set([...metrics, ...view.groupBy, scatterKey(view.scatter, axes)].filter(isColumn));
  const more = [...new Set(axes)].filter((key) => isColumn(key) && !needed.has(key));
  const columns = new Set([...needed, ...more.slice(0, Math.max(0, MOST_COLUMNS - needed.size))]);
  return { columns: [...columns], axes: axes.filter((key) => columns.has(key)) };
}

const isColumn = (key: string): boolean => /^(param|metric)\../s.test(key);
