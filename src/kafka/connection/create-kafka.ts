import { type Admin, Kafka } from 'kafkajs';
import type { Log } from '../../log.ts';
import type { Metrics } from '../../metrics.ts';
import type { KafkaConfig } from '../options.ts';
import { decodeFetchFast } from '../wire/fast-fetch.ts';
import { encodeProduceFast } from '../wire/fast-produce.ts';
import { isolatePartitionErrors } from '../wire/partition-errors.ts';
import { createSecurity } from './create-security.ts';
import { followCoordinator } from './follow-coordinator.ts';
import { createKafkajsLogging } from './kafkajs-log.ts';
import { abandonSilentBrokers } from './silent-broker.ts';
import { reconnectUnversionedBrokers } from './unversioned-broker.ts';

/**
 * The purpose for which a process connects to Kafka. Its client id on the broker (for quotas and request logs) contains
 * it.
 */
export type KafkaPurpose =
  | 'roles'
  | 'replay'
  | 'deadletters'
  | 'topics'
  | 'schemas'
  | 'bench'
  | 'test'
  | 'import'
  | 'sync'
  | 'validate';

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * A kafkajs client for every connection of this process that has the purpose; its log lines go to `log`.
 *
 * Its own retries are short, because each caller has a deadline and retries of its own, which are visible in metrics.
 *
 * @param expected messages of errors that are part of what the client is for; they are logged at the level debug.
 * @param requestTimeoutMs the time after which a broker that has not answered counts as unavailable.
 */
export function createKafka(
  config: KafkaConfig,
  purpose: KafkaPurpose,
  { log, metrics }: { readonly log: Log; readonly metrics?: Pick<Metrics, 'certificateExpiry'> },
  expected: ReadonlySet<string> = new Set(),
  requestTimeoutMs: number = REQUEST_TIMEOUT_MS,
): Kafka {
  encodeProduceFast();
  decodeFetchFast(config.maxBatchBytes);
  isolatePartitionErrors();
  reconnectUnversionedBrokers();
  followCoordinator();
  abandonSilentBrokers();
  const { ssl, sasl, connect } = createSecurity(config, log, metrics);
  return new Kafka({
    clientId: purpose === 'roles' ? 'thunderline' : `thunderline-${purpose}`,
    brokers: [...config.brokers],
    connectionTimeout: 3_000,
    requestTimeout: requestTimeoutMs,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    ssl,
    ...(sasl && { sasl }),
    ...createKafkajsLogging(log, { connect, expected }),
  });
}

/** A client, for callers outside kafka/ that only pass it on. */
export type KafkaClient = Kafka;

/** The admin client of kafkajs, likewise. */
export type KafkaAdmin = Admin;
