import { connectStore, type ObjectStore } from './object-store.ts';
import type { S3Config } from './options.ts';

/** The bucket of the settings, or another bucket on the same server. */
export function openStore(config: S3Config, bucket = config.bucket): ObjectStore {
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken, timeoutMs } = config;
  const token = sessionToken === undefined ? {} : { sessionToken };
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined ? undefined : { accessKeyId, secretAccessKey, ...token };
  return connectStore({ endpoint: endpoint?.reveal(), region, bucket, timeoutMs, credentials });
}
