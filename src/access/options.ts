import { integer, list, option, type Values } from '../option.ts';
import { insideNetworks } from './inside-networks.ts';

/** Addresses and networks separated by commas. */
const networks = (value: string): readonly string[] => {
  const texts = list(value);
  insideNetworks(texts);
  return texts;
};

/** The limits of each API key, the audit log, and how the address of a client is found. */
export const accessOptions = {
  eventsPerSecond: option(
    'LIMIT_EVENTS_PER_SECOND',
    integer(0),
    '20000',
    'Events that each API key may post a second, on average over all workers; 0 switches the limit off.',
  ),
  bytesPerSecond: option(
    'LIMIT_BYTES_PER_SECOND',
    integer(0),
    String(32 * 1_048_576),
    'Bytes of decompressed bodies that each API key may post a second, on average over all workers; 0 switches the limit off.',
  ),
  burstSeconds: option(
    'LIMIT_BURST_SECONDS',
    integer(1, 3_600),
    '10',
    'An idle key may send its limits times this many seconds at once.',
  ),
  newTrialsPerHour: option(
    'LIMIT_NEW_TRIALS_PER_HOUR',
    integer(0, 1_000_000),
    '100000',
    'Trials that each API key may introduce an hour; events of further new ones are rejected. 0 switches the limit off.',
  ),
  newMetricsPerHour: option(
    'LIMIT_NEW_METRICS_PER_HOUR',
    integer(0, 1_000_000),
    '10000',
    'Names of metrics that each API key may introduce an hour; events with further new ones are rejected. 0 switches the limit off.',
  ),
  failuresPerMinute: option(
    'AUTH_FAILURES_PER_MINUTE',
    integer(1),
    '30',
    'Failed authentications of one address before it is answered 429.',
  ),
  auditDays: option(
    'AUDIT_RETENTION_DAYS',
    integer(1, 36_500),
    '400',
    'Days after which entries of the audit log are deleted.',
  ),
  trustedProxies: option(
    'TRUSTED_PROXIES',
    networks,
    '',
    'Addresses or networks (10.0.0.0/8) whose X-Forwarded-For header gives the address of a client, comma-separated.',
  ),
} as const;

export type AccessConfig = Values<typeof accessOptions>;
