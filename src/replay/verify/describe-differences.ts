import type { RowDifference, TableDifferences } from './compare-table.ts';

type Row = NonNullable<RowDifference['left']>;

/** The result of a verification, as lines: `left` are the rows of the tables, `right` the rows that the records make. */
export function describeDifferences(differences: readonly TableDifferences[]): string[] {
  return differences.flatMap(({ table, count, rows }) => {
    const heading = `${table.padEnd(26)}  ${verdictOf(count)}`;
    const left = count - rows.length;
    return [heading, ...rows.map(describeRow), ...(left > 0 ? [`  and ${left.toLocaleString('en')} more`] : [])];
  });
}

function verdictOf(count: number): string {
  if (count === 0) return 'matches the records';
  return count === 1 ? '1 row differs' : `${count.toLocaleString('en')} rows differ`;
}

function describeRow({ key, left, right }: RowDifference): string {
  const name = key.filter((part) => part !== null).join(' / ');
  if (left === null) return `  ${name}  is missing`;
  if (right === null) return `  ${name}  is in the table although no record accounts for it`;
  return `  ${name}  ${differentColumns(left, right).join('; ')}`;
}

/** The columns that differ; versions only where no other column does. */
function differentColumns(left: Row, right: Row): string[] {
  const columns = Object.keys(left).filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]));
  const visible = columns.filter((name) => !/(^|_)version$/.test(name));
  return (visible.length > 0 ? visible : columns).map(
    (name) => `${name} is ${JSON.stringify(left[name])}, the records make it ${JSON.stringify(right[name])}`,
  );
}
