import pg from 'pg';
import { isBug } from '../is-bug.ts';
import { tlsProblem } from '../network-error.ts';

/**
 * Error classes that concern the data: 22 (data exception), 23 (integrity constraint violation), and 54 (program limit
 * exceeded), which Postgres reports for a document nested some ten thousand levels deep.
 */
const DATA_CLASSES = new Set(['22', '23', '54']);

/** Postgres reports "no partition for this row" as a failed check without a constraint. It concerns the table, not the row. */
const isMissingPartition = ({ code, constraint }: pg.DatabaseError): boolean =>
  code === '23514' && constraint === undefined;

/** Whether Postgres rejects the data, and always will. Every other error is a failure of Postgres or of the way to it. */
export const isBadData = (error: unknown): boolean =>
  error instanceof pg.DatabaseError &&
  error.code !== undefined &&
  DATA_CLASSES.has(error.code.slice(0, 2)) &&
  !isMissingPartition(error);

/** The message of pg when the server requires a password and the address has none. */
const WITHOUT_PASSWORD = /client password must be a/;

/** The message of an error, with the detail and the code of Postgres where it has them. */
export function describeDatabaseError(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeDatabaseError).join('; ');
  if (!(error instanceof Error)) return String(error);
  if (WITHOUT_PASSWORD.test(error.message)) return 'the server requires a password, and DATABASE_URL contains none';
  const { code, detail } = error as Partial<pg.DatabaseError>;
  const problem = tlsProblem(code);
  const text = problem === undefined ? error.message : `${error.message}: ${problem}`;
  return [text, detail, code === undefined ? undefined : `(${code})`].filter(Boolean).join(' ');
}

/** Postgres cannot execute a request, for a reason other than its data. The request is to be retried. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';

  /** @param subject the start of the message: the server, or the action that failed. */
  constructor(cause: unknown, subject = 'postgres') {
    super(`${subject}: ${describeDatabaseError(cause)}`, { cause });
  }
}

/**
 * The error of work that reads or writes Postgres: {@link DatabaseUnavailable} for a failure of Postgres or of the way to it.
 * A bug stays what it is, so that the process ends instead of trying again without end.
 */
export const unavailable = (error: unknown): unknown =>
  error instanceof DatabaseUnavailable || isBug(error) ? error : new DatabaseUnavailable(error);
