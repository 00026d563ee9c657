import type { Facets, RunDetail } from '../../src/queries/shapes.ts';

/** How a column of the table gets its values: a parameter, a final metric, or a figure of a metric's points. */
export type ColumnKind = 'param' | 'metric' | PointColumnKind;

/** Figures of the points of a metric: values, and the steps of the least and greatest one. */
export const POINT_KINDS = ['last', 'min', 'max', 'min_step', 'max_step'] as const;
export type PointColumnKind = (typeof POINT_KINDS)[number];

export interface Column {
  readonly kind: ColumnKind;
  readonly name: string;
}

/** Columns of each kind that a table has by default. */
const MOST_BY_DEFAULT = 8;

const KINDS: Readonly<Record<ColumnKind, string>> = {
  param: '',
  metric: '',
  last: 'last',
  min: 'min',
  max: 'max',
  min_step: 'step of min',
  max_step: 'step of max',
};

/** `metric.loss`, as the API and the address name a column. */
export const columnKey = ({ kind, name }: Column): string => `${kind}.${name}`;

/** The text of the head: `loss`, or `loss, min`. */
export const columnTitle = ({ kind, name }: Column): string => (KINDS[kind] === '' ? name : `${name}, ${KINDS[kind]}`);

export function parseColumn(key: string): Column | undefined {
  const [, kind, name] = /^(param|metric|last|min|max|min_step|max_step)\.(.+)$/s.exec(key) ?? [];
  return kind === undefined || name === undefined ? undefined : { kind: kind as ColumnKind, name };
}

/** The names that the trials of a run have, those of most trials first. */
export interface ColumnNames {
  readonly parameters: readonly string[];
  readonly metrics: readonly string[];
}

/** The parameters and final metrics of all trials of a run, and its metrics that have points. */
export function columnNames(
  { metric_names }: Pick<RunDetail['run'], 'metric_names'>,
  { parameters, metrics }: Pick<Facets, 'parameters' | 'metrics'>,
): ColumnNames {
  const names = (facets: readonly { readonly name: string; readonly trials: number }[]): string[] =>
    facets.toSorted((a, b) => b.trials - a.trials || (a.name < b.name ? -1 : 1)).map(({ name }) => name);
  return { parameters: names(parameters), metrics: [...new Set([...names(metrics), ...metric_names])] };
}

/** Whether a run has the values of a column. */
export function isColumnOf({ parameters, metrics }: ColumnNames, key: string): boolean {
  const column = parseColumn(key);
  return column !== undefined && (column.kind === 'param' ? parameters : metrics).includes(column.name);
}

/** The default columns of a run's table: those of most trials, by their names. */
export function defaultColumns({ parameters, metrics }: ColumnNames): readonly Column[] {
  const columns = (kind: ColumnKind, names: readonly string[]): Column[] =>
    names
      .slice(0, MOST_BY_DEFAULT)
      .toSorted()
      .map((name) => ({ kind, name }));
  return [...columns('metric', metrics), ...columns('param', parameters)];
}

/** The columns in the order that the table shows them: the pinned ones first. */
export function inOrder(columns: readonly Column[], pins: readonly string[]): readonly Column[] {
  const isPinned = (column: Column): boolean => pins.includes(columnKey(column));
  return [...columns.filter(isPinned), ...columns.filter((column) => !isPinned(column))];
}

/** Moves one entry to the place of another. */
export function moved<T>(list: readonly T[], from: number, to: number): readonly T[] {
  if (from === to || from < 0 || to < 0 || from >= list.length || to >= list.length) return list;
  const rest = list.filter((_, at) => at !== from);
  return [...rest.slice(0, to), ...list.slice(from, from + 1), ...rest.slice(to)];
}
