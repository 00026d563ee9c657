import { readFileSync } from 'node:fs';
import { UsageError } from '../../errors.ts';
import type { Metrics } from '../../metrics.ts';
import { connectStore, type ObjectStore, type StoreSettings } from './object-store.ts';
import type { S3Config } from './options.ts';

/** The bucket of the settings, or another bucket on the same server. @param metrics absent, calls are not counted. */
export function openStore(config: S3Config, metrics?: Metrics, bucket = config.bucket): ObjectStore {
  const { endpoint, region, timeoutMs } = config;
  const settings = {
    endpoint: endpoint?.reveal(),
    region,
    bucket,
    timeoutMs,
    credentials: credentialsOf(config),
    authorities: authoritiesOf(config),
  };
  return connectStore(settings, metrics);
}

/** The PEM of `AWS_CA_BUNDLE`, which the AWS SDK for JavaScript does not read itself. Throws a `UsageError`. */
export function authoritiesOf({ caBundle }: S3Config): string | undefined {
  if (caBundle === undefined) return undefined;
  try {
    return readFileSync(caBundle, 'utf8');
  } catch (cause) {
    throw new UsageError(`AWS_CA_BUNDLE: ${(cause as Error).message}`, { cause });
  }
}

/** The key of the settings; undefined leaves the search to the AWS SDK. */
export function credentialsOf({ accessKeyId, secretAccessKey, sessionToken }: S3Config): StoreSettings['credentials'] {
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return {
    accessKeyId,
    secretAccessKey: secretAccessKey.reveal(),
    ...(sessionToken !== undefined && { sessionToken: sessionToken.reveal() }),
  };
}
