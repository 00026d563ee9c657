import type { ChartView, XAxis } from '../charts/chart-view.ts';
import type { Range, YScale } from '../charts/scales.ts';

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
    y: oneOf<YScale>(query.get('y'), ['linear', 'log', 'symlog']),
    fromZero: query.get('y') === 'zero',
    range: readRange(query.get('range')),
    halfLife: Math.max(0, Number(query.get('smooth')) || 0),
    colourBy: oneOf(query.get('colour'), ['trial', 'spectral_norm']),
    metrics: query.get('metrics') ?? '',
    columns: query.has('col') ? query.getAll('col') : null,
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

/** `10..250` */
function readRange(text: string | null): Range | undefined {
  const [low = Number.NaN, high = Number.NaN] = (text ?? '').split('..').map(Number);
  return low < high ? { low, high } : undefined;
}

export const writeRange = (range: Range | undefined): string | null =>
  range === undefined ? null : `${Number(range.low.toPrecision(6))}..${Number(range.high.toPrecision(6))}`;

/** The query of `/api/trials` for the table. */
export function trialQuery(run: string, { search, status, sort }: RunView): string {
  const query = new URLSearchParams({ model_run_id: run, sort });
  if (search !== '') query.set('q', search);
  if (status !== '') query.set('status', status);
  return query.toString();
}

/** The names that a search selects: a part of the name in any case, or `/expression/`. An invalid expression selects none. */
export function searchNames(names: readonly string[], search: string): readonly string[] {
  const isFound = nameMatcher(search);
  return names.filter(isFound);
}

export function nameMatcher(search: string): (name: string) => boolean {
  const expression = /^\/(.*)\/$/.exec(search)?.[1];
  if (expression === undefined) {
    const part = search.toLowerCase();
    return (name) => name.toLowerCase().includes(part);
  }
  try {
    const pattern = new RegExp(expression.slice(0, 100), 'i');
    return (name) => pattern.test(name.slice(0, 255));
  } catch {
    return () => false;
  }
}
