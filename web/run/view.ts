import type { ChartView, XAxis } from '../charts/chart-view.ts';
import type { Range, YScale } from '../charts/scales.ts';
import { linearPattern } from '../data/linear-pattern.ts';
import { appendConditions, type Condition, readConditions } from '../filter/conditions.ts';

/** Everything a user has chosen on the page of a run. All of it is in the address. */
export interface RunView extends ChartView {
  /** The selected trials as selection.ts writes them; null before one has chosen. */
  readonly selection: string | null;
  readonly search: string;
  readonly status: string;
  readonly sort: string;
  /** Half-life of the smoothing, in steps. */
  readonly halfLife: number;
  readonly colourBy: 'trial' | 'spectral_norm';
  /** A part of the names of the metrics to show, or `/expression/`. */
  readonly metrics: string;
  /** The columns of the table, such as `metric.loss`, in order; null before one has chosen. */
  readonly columns: readonly string[] | null;
  /** All of them hold for the trials of the table. */
  readonly conditions: readonly Condition[];
  /** Those that stay in view while one scrolls sideways. */
  readonly pins: readonly string[];
}

const oneOf = <T extends string>(value: string | null, choices: readonly T[]): T =>
  choices.find((choice) => choice === value) ?? (choices[0] as T);

export function readView(query: URLSearchParams): RunView {
  return {
    selection: query.get('sel'),
    search: query.get('q') ?? '',
    status: query.get('status') ?? '',
    sort: query.get('sort') ?? '-started_at',
    ...readX(query.get('x') ?? ''),
    y: oneOf<YScale>(query.get('y'), ['linear', 'log', 'symlog', 'nines']),
    yRange: readRange(query.get('ylim')),
    hidesExtremes: query.get('extremes') === 'hidden',
    fromZero: query.get('y') === 'zero',
    range: readRange(query.get('range')),
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

/** `10..250`; undefined for a range that is wider than a double. */
function readRange(text: string | null): Range | undefined {
  const [low = Number.NaN, high = Number.NaN] = (text ?? '').split('..').map(Number);
  return low < high && Number.isFinite(high - low) ? { low, high } : undefined;
}

/** With as many digits as the width of the range needs: a thousandth of it. */
export function writeRange(range: Range | undefined): string | null {
  if (range === undefined) return null;
  const { low, high } = range;
  const size = Math.max(Math.abs(low), Math.abs(high)) / (high - low);
  const digits = Math.min(17, Math.max(6, 4 + Math.ceil(Math.log10(size))));
  return `${Number(low.toPrecision(digits))}..${Number(high.toPrecision(digits))}`;
}

/** Whether the table has every trial of the run, the newest start first. */
export const isPlainView = ({ sort, search, status, conditions }: RunView): boolean =>
  sort === '-started_at' && search === '' && status === '' && conditions.length === 0;

/** The query of `/api/trials` for the table. */
export function trialQuery(run: string, { search, status, sort, conditions }: RunView): string {
  const query = new URLSearchParams({ model_run_id: run, sort });
  if (search !== '') query.set('q', search);
  if (status !== '') query.set('status', status);
  appendConditions(query, conditions);
  return query.toString();
}

/** The names that a search selects: a part of the name in any case, or `/expression/`. An invalid expression selects none. */
export function searchNames(names: readonly string[], search: string): readonly string[] {
  const isFound = nameMatcher(search);
  return names.filter(isFound);
}

/** Characters of an expression and of a name that count; a name has at most as many. */
const MOST_CHARACTERS = 255;

export function nameMatcher(search: string): (name: string) => boolean {
  const expression = /^\/(.*)\/$/.exec(search)?.[1];
  if (expression === undefined) {
    const part = search.toLowerCase();
    return (name) => name.toLowerCase().includes(part);
  }
  const isFound = linearPattern(expression.slice(0, MOST_CHARACTERS));
  return (name) => isFound?.(name.slice(0, MOST_CHARACTERS)) ?? false;
}
