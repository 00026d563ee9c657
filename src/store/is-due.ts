/**
 * SQL that is true once the time in `column` has come. Postgres rounds a time to the milliseconds of its column, half of all
 * times up: `<= now()` can be false of a row that `now()` was written to a moment before, so both sides are rounded.
 */
export const isDue = (column: string): string => `${column} <= now()::timestamptz(3)`;
