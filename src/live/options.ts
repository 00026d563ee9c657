import { integer, MEBIBYTE, option, type Values } from '../option.ts';

/** The live feed: how far back a client may resume, and what one client may cost. */
export const liveOptions = {
  windowMs: option(
    'LIVE_WINDOW_MS',
    integer(1_000, 3_600_000),
    '60000',
    'How long the live feed holds records, in milliseconds: a client that was disconnected for longer reads the tables again.',
  ),
  windowBytes: option(
    'LIVE_WINDOW_BYTES',
    integer(MEBIBYTE),
    String(64 * MEBIBYTE),
    'Memory for the records that the live feed holds, in bytes; beyond it the oldest are dropped before their time.',
  ),
  maxClients: option('LIVE_MAX_CLIENTS', integer(1), '2000', 'Live feeds of one process, at most.'),
  maxClientsPerKey: option(
    'LIVE_MAX_CLIENTS_PER_KEY',
    integer(1),
    '20',
    'Live feeds of one process with one API key (without keys: from one address or network), at most.',
  ),
  connectionsPerSecond: option(
    'LIVE_CONNECTIONS_PER_SECOND',
    integer(1),
    '200',
    'Live feeds that one process starts a second, at most; further ones are answered 503 and come back later.',
  ),
} as const;

export type LiveConfig = Values<typeof liveOptions>;
