import { integer, oneOf, option, url, type Values } from '../option.ts';

/** How the database is reached. */
export const postgresOptions = {
  url: option(
    'DATABASE_URL',
    url('postgres:', 'postgresql:'),
    'postgres://postgres@127.0.0.1:5432/thunderline',
    'The Postgres database.',
    true,
  ),
  poolSize: option(
    'DATABASE_POOL_SIZE',
    integer(1, 1000),
    '8',
    'Connections that the Postgres sink of a process holds at most, and as many again for the routes and services of the process. Access control holds two more, and so does the bridge.',
  ),
  migrate: option(
    'DATABASE_MIGRATE',
    oneOf(['start', 'never'] as const),
    'start',
    'Whether the roles that write tables migrate them: at their start, or never. Then they wait until `thunderline migrate` has run.',
  ),
} as const;

export type PostgresConfig = Values<typeof postgresOptions>;
