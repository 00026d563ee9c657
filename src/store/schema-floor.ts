import type pg from 'pg';

/** The tables were changed by a newer version in a way that this one cannot work with. */
export class SchemaTooNew extends Error {
  override readonly name = 'SchemaTooNew';
  readonly needsOperator = true;
}

interface Queryable {
  query<Row extends pg.QueryResultRow>(sql: string): Promise<pg.QueryResult<Row>>;
}

/**
 * Throws {@link SchemaTooNew} when a newer version has removed what this one needs. Steps that only add are accepted: while a
 * release is rolled out, both versions run.
 *
 * @param known the names of the steps that this version contains.
 */
export async function assertKnownSchema(database: Queryable, known: readonly string[]): Promise<void> {
  const { rows } = await database.query<{ exists: boolean }>(
    "select to_regclass('schema_floor') is not null as exists",
  );
  if (rows[0]?.exists !== true) return;
  const floor = await database.query<{ step: string }>('select step from schema_floor');
  const step = floor.rows[0]?.step;
  if (step === undefined || known.includes(step)) return;
  throw new SchemaTooNew(
    `the tables need a version of Thunderline that contains the step ${step}, and the last one here is ${known.at(-1)}: ` +
      'install that version or a later one; nothing was read or written',
  );
}
