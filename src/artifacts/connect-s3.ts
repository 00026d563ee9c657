import { S3Client } from '@aws-sdk/client-s3';
import type { Metrics } from '../metrics.ts';
import { countS3Calls } from '../sinks/archive/count-s3-calls.ts';
import { authoritiesOf, credentialsOf } from '../sinks/archive/open-store.ts';
import type { S3Config } from '../sinks/archive/options.ts';

/** Attempts of one request. A part is in memory, so it can be sent again. */
const ATTEMPTS = 3;

/**
 * A client of the object store.
 *
 * @param endpoint the base address; undefined for AWS.
 * @param metrics absent, calls are not counted.
 */
export function connectS3(
  config: S3Config,
  endpoint: string | undefined = config.endpoint?.reveal(),
  metrics?: Metrics,
): S3Client {
  const credentials = credentialsOf(config);
  const authorities = authoritiesOf(config);
  const client = new S3Client({
    region: config.region,
    maxAttempts: ATTEMPTS,
    // The hash of each part is sent with it (see signedWith); by default the SDK would compute another checksum, over
    // the whole part synchronously.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials && { credentials }),
    ...(authorities !== undefined && { requestHandler: { httpsAgent: { ca: authorities } } }),
  });
  if (metrics !== undefined) countS3Calls(client, metrics);
  return client;
}
