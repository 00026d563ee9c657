import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Role } from '../pipeline.ts';
import type { GatheringSink, Sink } from '../runtime/stage.ts';
import { createArchiveSink } from './archive/archive-sink.ts';
import { connectStore, type ObjectStore } from './archive/object-store.ts';
import { createPostgresSink } from './postgres/postgres-sink.ts';

/**
 * Makes the sink of each role that is one.
 *
 * @param schema of the database, where the tables are not to be those of the live system.
 */
export const createSinks = (
  { databaseUrl, databasePoolSize: poolSize }: Config,
  log: Log,
  metrics: Metrics,
  schema?: string,
): Readonly<Partial<Record<Role, () => Sink>>> => ({
  postgres: () => createPostgresSink({ databaseUrl, poolSize, log, metrics, ...(schema !== undefined && { schema }) }),
});

/** Makes the sink of each role that is one and gathers records over many batches. */
export const createGatheringSinks = (
  config: Config,
  log: Log,
  metrics: Metrics,
): Readonly<Partial<Record<Role, () => GatheringSink>>> => ({
  archive: () =>
    createArchiveSink(
      openStore(config),
      {
        prefix: config.archivePrefix,
        objectBytes: config.archiveObjectBytes,
        objectAgeMs: config.archiveObjectAgeMs,
        bufferBytes: config.archiveBufferBytes,
      },
      { log, metrics },
    ),
});

/** The bucket of the settings, or another one on the same server. */
export function openStore(config: Config, bucket = config.s3Bucket): ObjectStore {
  const { s3Endpoint, s3Region, s3AccessKeyId, s3SecretAccessKey, s3SessionToken, s3TimeoutMs } = config;
  const token = s3SessionToken === undefined ? {} : { sessionToken: s3SessionToken };
  return connectStore({
    ...{ endpoint: s3Endpoint, region: s3Region, bucket, timeoutMs: s3TimeoutMs },
    credentials:
      s3AccessKeyId === undefined || s3SecretAccessKey === undefined
        ? undefined
        : { accessKeyId: s3AccessKeyId, secretAccessKey: s3SecretAccessKey, ...token },
  });
}
