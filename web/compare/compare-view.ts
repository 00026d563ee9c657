import type { ComparedGroup, ParameterValue } from '../../src/queries/shapes.ts';
import { rangeTexts } from '../charts/ranges.ts';
import { appendConditions, type Condition, readConditions } from '../filter/conditions.ts';
import { valueText } from './value-text.ts';

/** The area around the curve of a group. */
export type Band = 'quartiles' | 'range' | 'none';

/** A part of an axis: values from `low` to `high`. */
export interface Brush {
  readonly low: number;
  readonly high: number;
}

/** The choices of a comparison. All of them are in the address. */
export interface CompareView {
  readonly runs: readonly string[];
  /** A part of the run or trial id. */
  readonly search: string;
  /** All of them hold for the trials that are compared. */
  readonly conditions: readonly Condition[];
  readonly metrics: readonly string[];
  /** `spectral_norm` or `param.NAME`, at most two. */
  readonly groupBy: readonly string[];
  readonly best: 'max' | 'min';
  /** The metric whose curves are shown; empty for the one that is compared. */
  readonly curve: string;
  readonly band: Band;
  /** Axes of the parallel coordinates and the scatter, `param.NAME` or `metric.NAME`; empty for the default ones. */
  readonly axes: readonly string[];
  /** Those with a logarithmic scale; null for the default ones. */
  readonly logs: readonly string[] | null;
  readonly brushes: ReadonlyMap<string, Brush>;
  /** The parameter of the scatter; empty for the default one. */
  readonly scatter: string;
}

const BANDS: readonly Band[] = ['quartiles', 'range', 'none'];

export const readCompareView = (query: URLSearchParams): CompareView => ({
  runs: query.getAll('model_run_id'),
  search: query.get('q') ?? '',
  conditions: readConditions(query),
  metrics: query.getAll('metric'),
  groupBy: query.getAll('group_by').length === 0 ? ['spectral_norm'] : query.getAll('group_by').slice(0, 2),
  best: query.get('best') === 'min' ? 'min' : 'max',
  curve: query.get('curve') ?? '',
  band: BANDS.find((band) => band === query.get('band')) ?? 'quartiles',
  axes: query.getAll('axis'),
  logs: query.has('log') ? query.getAll('log').filter((key) => key !== '') : null,
  brushes: new Map(query.getAll('brush').flatMap(readBrush)),
  scatter: query.get('scatter') ?? '',
});

/** `0.001..0.01 param.lr` */
function readBrush(text: string): [string, Brush][] {
  const [, low, high, key] = /^(\S+?)\.\.(\S+) (.+)$/s.exec(text) ?? [];
  const brush = { low: Number(low), high: Number(high) };
  const isPossible = brush.low <= brush.high && Number.isFinite(brush.low) && Number.isFinite(brush.high);
  return key !== undefined && isPossible ? [[key, brush]] : [];
}

export function writeCompareView(view: CompareView): string {
  const query = filterQuery(view);
  for (const metric of view.metrics) query.append('metric', metric);
  for (const key of view.groupBy) query.append('group_by', key);
  if (view.best === 'min') query.set('best', view.best);
  if (view.curve !== '') query.set('curve', view.curve);
  if (view.band !== 'quartiles') query.set('band', view.band);
  for (const axis of view.axes) query.append('axis', axis);
  for (const axis of view.logs?.length === 0 ? [''] : (view.logs ?? [])) query.append('log', axis);
  for (const [key, brush] of view.brushes) query.append('brush', `${rangeTexts(brush).join('..')} ${key}`);
  if (view.scatter !== '') query.set('scatter', view.scatter);
  return query.toString();
}

/** The trials that are compared, as parameters of the API. */
export function filterQuery({
  runs,
  search,
  conditions,
}: Pick<CompareView, 'runs' | 'search' | 'conditions'>): URLSearchParams {
  const query = new URLSearchParams();
  for (const run of runs) query.append('model_run_id', run);
  if (search !== '') query.set('q', search);
  appendConditions(query, conditions);
  return query;
}

/** The query of `/api/compare`. */
export function compareQuery(view: CompareView): string {
  const query = filterQuery(view);
  for (const metric of view.metrics) query.append('metric', metric);
  for (const key of view.groupBy) query.append('group_by', key);
  query.set('best', view.best);
  return query.toString();
}

/** The name of a group: "with spectral norm", "optimizer = adam", "lr = 0.1, spectral norm". */
export const groupName = (groupBy: readonly string[], group: ComparedGroup['group']): string =>
  groupParts(groupBy, group).join(', ');

/** The name of a group, member by member. */
export const groupParts = (groupBy: readonly string[], group: ComparedGroup['group']): readonly string[] =>
  group.map((value, at) => partName(groupBy[at] ?? '', value));

function partName(key: string, value: ParameterValue): string {
  if (key === 'spectral_norm') return value === true ? 'with spectral norm' : 'without spectral norm';
  return `${key.replace(/^param\./, '')} = ${valueText(value)}`;
}

/** `lr` of `param.lr`. */
export const axisName = (key: string): string => key.replace(/^(param|metric)\./, '');
