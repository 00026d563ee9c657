import { integer, list, option, type Values } from '../option.ts';
import { networksOf } from './networks.ts';

/** Addresses and networks separated by commas. */
const networks = (value: string): readonly string[] => {
  networksOf(list(value));
  return list(value);
};

/** The limits of each API key, and how the address of a client is found. */
export const accessOptions = {
  eventsPerSecond: option(
    'LIMIT_EVENTS_PER_SECOND',
    integer(0),
    '0',
    'Events each API key may post a second, on average over all workers; 0 is no limit.',
  ),
  bytesPerSecond: option(
    'LIMIT_BYTES_PER_SECOND',
    integer(0),
    '0',
    'Bytes of decompressed bodies each API key may post a second, on average over all workers; 0 is no limit.',
  ),
  burstSeconds: option(
    'LIMIT_BURST_SECONDS',
    integer(1, 3_600),
    '10',
    'A key that was silent may send its limits times this many seconds at once.',
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
