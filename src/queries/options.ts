import { integer, option, type Values } from '../option.ts';

/** Bounds of the queries about runs and trials. */
export const queriesOptions = {
  poolSize: option(
    'QUERY_POOL_SIZE',
    integer(2, 100),
    '4',
    'Connections to Postgres for queries over HTTP. Sinks have their own, so that no query holds up a write.',
  ),
  timeoutMs: option(
    'QUERY_TIMEOUT_MS',
    integer(100, 600_000),
    '5000',
    'How long one query over HTTP may take in Postgres, in milliseconds; then the answer is 503 `query_too_heavy`.',
  ),
} as const;

export type QueriesConfig = Values<typeof queriesOptions>;
