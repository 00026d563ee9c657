import type { RowDifference, TableDifferences } from './compare-table.ts';

type Row = NonNullable<RowDifference['left']>;

/** What a verification found, a line each: `left` is what the tables hold, `right` what the records say. */
export function describeDifferences(differences: readonly TableDifferences[]): string[] {
  return differences.flatMap(({ table, count, rows }) => {
    const heading = `${table.padEnd(22)}  ${count === 0 ? 'as the records say' : `${count.toLocaleString('en')} rows differ`}`;
    const left = count - rows.length;
    return [heading, ...rows.map(describeRow), ...(left > 0 ? [`  and ${left.toLocaleString('en')} more`] : [])];
  });
}

function describeRow({ key, left, right }: RowDifference): string {
  const name = key.filter((part) => part !== null).join(' / ');
  if (left === null) return `  ${name}  is missing`;
  if (right === null) return `  ${name}  is in the table, and no record tells of it`;
  return `  ${name}  ${differentColumns(left, right).join('; ')}`;
}

/** Columns that differ; versions only where nothing else does. */
function differentColumns(left: Row, right: Row): string[] {
  const columns = Object.keys(left).filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]));
  const told = columns.filter((name) => !/(^|_)version$/.test(name));
  return (told.length > 0 ? told : columns).map(
    (name) => `${name} is ${JSON.stringify(left[name])}, the records say ${JSON.stringify(right[name])}`,
  );
}
