import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Role } from '../pipeline.ts';
import type { AccumulatingSink, Sink } from '../runtime/sink.ts';
import { createArchiveSink } from './archive/archive-sink.ts';
import { connectStore, type ObjectStore } from './archive/object-store.ts';
import type { S3Config } from './archive/options.ts';
import { createPostgresSink } from './postgres/postgres-sink.ts';

/**
 * Makes the sink of each role that is one.
 *
 * @param schema of the database, where the tables are not to be those of the live system.
 */
export const createSinks = (
  { postgres: { url, poolSize } }: Config,
  log: Log,
  metrics: Metrics,
  schema?: string,
): Readonly<Partial<Record<Role, () => Sink>>> => ({
  postgres: () =>
    createPostgresSink({ databaseUrl: url.reveal(), poolSize, log, metrics, ...(schema !== undefined && { schema }) }),
});

/** Makes the sink of each role that is one and gathers records over many batches. */
export const createAccumulatingSinks = (
  config: Config,
  log: Log,
  metrics: Metrics,
): Readonly<Partial<Record<Role, () => AccumulatingSink>>> => ({
  archive: () => createArchiveSink(openStore(config.s3), config.archive, { log, metrics }),
});

/** The bucket of the settings, or another one on the same server. */
export function openStore(config: S3Config, bucket = config.bucket): ObjectStore {
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken, timeoutMs } = config;
  const token = sessionToken === undefined ? {} : { sessionToken };
  return connectStore({
    endpoint: endpoint?.reveal(),
    region,
    bucket,
    timeoutMs,
    credentials:
      accessKeyId === undefined || secretAccessKey === undefined
        ? undefined
        : { accessKeyId, secretAccessKey, ...token },
  });
}
