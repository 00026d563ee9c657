import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { Log } from '../../log.ts';
import type { KafkaConfig } from '../options.ts';
import { decodeFetchFast } from '../wire/fast-fetch.ts';
import { encodeProduceFast } from '../wire/fast-produce.ts';

/** Why a process talks to Kafka; its client id on the broker (for quotas and request logs) is made of it. */
export type KafkaPurpose = 'roles' | 'replay' | 'deadletters' | 'topics' | 'schemas' | 'bench' | 'test';

const LEVELS = { [logLevel.ERROR]: 'error', [logLevel.WARN]: 'warn', [logLevel.INFO]: 'info' } as const;

/**
 * A kafkajs client for every connection of this process that has the purpose; its log lines go to `log`.
 *
 * Its own retries are short, because each caller has a deadline and retries of its own, which are visible in metrics.
 */
export function createKafka(config: KafkaConfig, purpose: KafkaPurpose, { log }: { readonly log: Log }): Kafka {
  encodeProduceFast();
  decodeFetchFast(config.maxBatchBytes);
  return new Kafka({
    clientId: purpose === 'roles' ? 'thunderline' : `thunderline-${purpose}`,
    brokers: [...config.brokers],
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

/** A client, for callers outside kafka/ that only pass it on. */
export type KafkaClient = Kafka;

/** The admin client of kafkajs, likewise. */
export type KafkaAdmin = Admin;
