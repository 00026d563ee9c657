import { parseExactly } from '../../events/exact-number.ts';
import { GROUP_NAMES, GROUPS, type Group, type Row, versionOf } from '../../events/merge.ts';
import type { StoredRow } from '../../store/queries/merged-rows.ts';

/** The values of a group of columns, in their order, and the version that decides which values are current. */
export interface Stated {
  /** Text whose order is the order of the merge law. */
  readonly version: string;
  /** As in an event: documents as JSON text, metrics as numbers by name, times as epoch milliseconds. */
  readonly values: readonly unknown[];
}

/** The row of a subject by the merge law, merged from several sources. */
export interface MergedRow {
  /** The least start, epoch milliseconds. */
  readonly startedAtMs: number | undefined;
  readonly stated: Readonly<Partial<Record<Group, Stated>>>;
}

/** The row of the records of one batch. */
export const rowOfRecords = ({ started_at, said }: Row): MergedRow => ({
  startedAtMs: started_at ?? undefined,
  stated: mapGroups((group) => {
    const statement = said[group];
    return statement && { version: versionOf(statement), values: statement.values };
  }),
});

/** The row as Postgres has it. */
export const rowOfTable = (row: StoredRow): MergedRow => ({
  startedAtMs: row.started_at?.getTime(),
  stated: mapGroups((group) => {
    const version = row[`${group}_version`];
    if (typeof version !== 'string') return undefined;
    return { version, values: GROUPS[group].map((column) => tableValue(column, row[column])) };
  }),
});

function tableValue(column: string, value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  if (column === 'metrics' && typeof value === 'string') return numbersOf(value);
  return value;
}

/** Numbers that JSON does not have are texts in the table. */
const numbersOf = (text: string): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(JSON.parse(text) as object).map(([name, value]) => [name, Number(value)]));

/**
 * The greater version of each group. It is the merge law once more, so the result depends neither on the order nor on the
 * number of the rows, and a table that is behind the records changes nothing.
 */
export const mergeRows = (a: MergedRow, b: MergedRow): MergedRow => ({
  startedAtMs: least(a.startedAtMs, b.startedAtMs),
  stated: mapGroups((group) => {
    const [one, other] = [a.stated[group], b.stated[group]];
    if (one === undefined || other === undefined) return one ?? other;
    return other.version > one.version ? other : one;
  }),
});

/** The row with a group in a greater version, if `more` has one. */
export const withGroups = (row: MergedRow, more: Readonly<Record<string, Stated>>): MergedRow =>
  mergeRows(row, { startedAtMs: undefined, stated: more });

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

/** The value of a group of one column; undefined where no record states one. */
export const valueIn = <T>({ stated }: MergedRow, group: Group): T | undefined =>
  (stated[group]?.values[0] as T | null | undefined) ?? undefined;

/** A free-form JSON object of the row. */
export function documentIn(row: MergedRow, group: 'hyperparams' | 'parameters'): Readonly<Record<string, unknown>> {
  const text = valueIn<string>(row, group);
  return text === undefined ? {} : (parseExactly(text) as Readonly<Record<string, unknown>>);
}

function mapGroups(statedOf: (group: Group) => Stated | undefined): Partial<Record<Group, Stated>> {
  const stated: Partial<Record<Group, Stated>> = {};
  for (const group of GROUP_NAMES) {
    const one = statedOf(group);
    if (one !== undefined) stated[group] = one;
  }
  return stated;
}
