import type { ChartView, XAxis } from '../charts/chart-view.ts';
import { isDrawable, rangeTexts } from '../charts/ranges.ts';
import type { Range, YScale } from '../charts/scales.ts';
import { isDrawableX } from '../charts/x-range.ts';
import { appendConditions, type Condition, readConditions } from '../filter/conditions.ts';

/** Everything a user has chosen on the page of a run. All of it is in the address. */
export interface RunView extends ChartView {
  /** The selected trials as selection.ts writes them; null for the newest trials. */
  readonly selection: string | null;
  /** The colour slots of the selected trials as selection.ts writes them; empty for those of their names. */
  readonly slots: string;
  readonly search: string;
  readonly status: string;
  readonly sort: string;
  /** Half-life of the smoothing, in steps. */
  readonly halfLife: number;
  readonly colourBy: 'trial' | 'spectral_norm';
  /** A part of the names of the metrics to show, or `/expression/`. */
  readonly metrics: string;
  /** The columns of the table, such as `metric.loss`, in order; null for the default ones. */
  readonly columns: readonly string[] | null;
  /** All of them hold for the trials of the table. */
  readonly conditions: readonly Condition[];
  /** Columns that stay in view during a sideways scroll. */
  readonly pins: readonly string[];
}

const oneOf = <T extends string>(value: string | null, choices: readonly T[]): T =>
  choices.find((choice) => choice === value) ?? (choices[0] as T);

export function readView(query: URLSearchParams): RunView {
  const axis = readX(query.get('x') ?? '');
  const y = oneOf<YScale>(query.get('y'), ['linear', 'log', 'symlog', 'nines']);
  return {
    selection: query.get('sel'),
    slots: query.get('slots') ?? '',
    search: query.get('q') ?? '',
    status: query.get('status') ?? '',
    sort: query.get('sort') ?? '-started_at',
    ...axis,
    y,
    yRange: readRange(query.get('ylim'), (range) => isDrawable(range, y)),
    hidesExtremes: query.get('extremes') === 'hidden',
    fromZero: query.get('y') === 'zero',
    range: readRange(query.get('range'), (range) => isDrawableX(axis.x, range)),
    halfLife: Math.max(0, Number(query.get('smooth')) || 0),
    colourBy: oneOf(query.get('colour'), ['trial', 'spectral_norm']),
    metrics: query.get('metrics') ?? '',
    columns: query.has('col') ? query.getAll('col') : null,
    conditions: readConditions(query),
    pins: query.getAll('pin'),
  };
}

/** `step`, `relative`, `clock` or `metric.NAME`. */
function readX(text: string): Pick<ChartView, 'x' | 'xMetric'> {
  const name = /^metric\.(.+)$/s.exec(text)?.[1];
  if (name !== undefined) return { x: 'metric', xMetric: name };
  return { x: oneOf<XAxis>(text, ['step', 'relative', 'clock']), xMetric: '' };
}

export const writeX = ({ x, xMetric }: Pick<ChartView, 'x' | 'xMetric'>): string =>
  x === 'metric' ? `metric.${xMetric}` : x;

/** `10..250`; undefined for a range that no axis can show. */
function readRange(text: string | null, isPossible: (range: Range) => boolean): Range | undefined {
  const [, low, high] = /^(\S+?)\.\.(\S+)$/.exec(text ?? '') ?? [];
  const range = { low: Number(low), high: Number(high) };
  return isPossible(range) ? range : undefined;
}

export const writeRange = (range: Range | undefined): string | null =>
  range === undefined ? null : rangeTexts(range).join('..');

/** Whether the table leaves out trials of the run. */
export const isFiltered = ({ search, status, conditions }: RunView): boolean =>
  search !== '' || status !== '' || conditions.length > 0;

/** Whether the table has every trial of the run, the newest start first. */
export const isPlainView = (view: RunView): boolean => view.sort === '-started_at' && !isFiltered(view);

/** The query of `/api/trials` for the table. */
export function trialQuery(run: string, { search, status, sort, conditions }: RunView): string {
  const query = new URLSearchParams({ model_run_id: run, sort });
  if (search !== '') query.set('q', search);
  if (status !== '') query.set('status', status);
  appendConditions(query, conditions);
  return query.toString();
}
