import { query } from './query.ts';

/** Every row of every table of a database, as text. */
export async function dumpDatabase(url: string): Promise<string> {
  const { rows } = await query(
    url,
    `select table_schema || '.' || quote_ident(table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
  );
  const contents: string[] = [];
  for (const { name } of rows) {
    const table = await query(url, `select t::text as row, to_json(t)::text as json from ${name} t`);
    contents.push(`${name}: ${table.rows.map(({ row, json }) => `${row} ${json}`).join('\n')}`);
  }
  return contents.join('\n');
}
