import pg from 'pg';

/**
 * Error classes that are about the data: 22 (data exception), 23 (integrity constraint violation), and 54 (program limit),
 * which a document nested some ten thousand levels deep runs into.
 */
const DATA_CLASSES = new Set(['22', '23', '54']);

/** "No partition for this row" comes as a failed check that names no constraint. It is about the table, not the row. */
const isMissingPartition = ({ code, constraint }: pg.DatabaseError): boolean =>
  code === '23514' && constraint === undefined;

/** Whether Postgres refuses what it was given, and always will. Everything else is trouble with the world. */
export const isBadData = (error: unknown): boolean =>
  error instanceof pg.DatabaseError &&
  error.code !== undefined &&
  DATA_CLASSES.has(error.code.slice(0, 2)) &&
  !isMissingPartition(error);

/** The error in words, with Postgres' code where it has one. */
export function describeDatabaseError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeDatabaseError).join('; ');
  if (!(error instanceof Error)) return String(error);
  const { code, detail } = error as Partial<pg.DatabaseError>;
  return [error.message, detail, code === undefined ? undefined : `(${code})`].filter(Boolean).join(' ');
}

/** Postgres does not do what it was asked, for a reason that is not the data: to be waited out. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  constructor(cause: unknown) {
    super(`postgres: ${describeDatabaseError(cause)}`, { cause });
  }
}
