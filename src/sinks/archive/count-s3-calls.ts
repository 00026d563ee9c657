import type { S3Client } from '@aws-sdk/client-s3';
import { countCall, countCalls } from '../../dependency-calls.ts';
import type { Metrics } from '../../metrics.ts';
import { isRefusal } from './store-error.ts';

/** Counts each command of a client, with the attempts that the SDK makes by itself, as one call of S3. */
export function countS3Calls(client: S3Client, metrics: Metrics): void {
  const start = countCalls(metrics, 's3');
  const resultOf = (error: unknown) => (isRefusal(error as Error) ? 'refused' : 'failed');
  client.middlewareStack.add((next) => (args) => countCall(start, () => next(args), resultOf), {
    step: 'initialize',
    name: 'countS3Calls',
  });
}
