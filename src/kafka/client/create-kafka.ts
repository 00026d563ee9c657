import { Kafka, logLevel } from 'kafkajs';
import type { Log } from '../../log.ts';
import { decodeFetchFast } from '../wire/fast-fetch.ts';
import { encodeProduceFast } from '../wire/fast-produce.ts';

export interface KafkaSettings {
  /** `host:port` of one or more brokers. */
  readonly brokers: readonly string[];
  readonly clientId: string;
}

const LEVELS = { [logLevel.ERROR]: 'error', [logLevel.WARN]: 'warn', [logLevel.INFO]: 'info' } as const;

/**
 * A kafkajs client whose log lines go to `log`.
 *
 * Its own retries are short, because whoever calls has a deadline and retries of its own that are visible in metrics.
 */
export function createKafka(settings: KafkaSettings, log: Log): Kafka {
  encodeProduceFast();
  decodeFetchFast();
  return new Kafka({
    clientId: settings.clientId,
    brokers: [...settings.brokers],
    connectionTimeout: 3_000,
    requestTimeout: 30_000,
    retry: { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 },
    logCreator:
      () =>
      ({ level, namespace, log: { message, error } }) => {
        const write = LEVELS[level as keyof typeof LEVELS] ?? 'debug';
        // kafkajs calls a lost connection an error although it retries; those who wait for it say so themselves.
        log[write === 'error' ? 'warn' : write](
          { part: `kafkajs ${namespace}`, cause: error as unknown },
          String(message),
        );
      },
  });
}

/** A client, for those who hand it on without knowing what it is. */
export type KafkaClient = Kafka;
