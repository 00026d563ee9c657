import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { UsageError } from '../../errors.ts';
import type { Metrics } from '../../metrics.ts';
import { countS3Calls } from './count-s3-calls.ts';
import { describeStoreError, explain, httpStatusOf } from './store-error.ts';

export interface StoreSettings {
  /** Base address; undefined for AWS. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly bucket: string;
  /** Where they are undefined, the AWS SDK searches the environment, profile, container and instance. */
  readonly credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } | undefined;
  /** Time limit of one request, in milliseconds. */
  readonly timeoutMs: number;
  /** The PEM of the certificate authorities of the server; undefined: those of Node. */
  readonly authorities?: string | undefined;
}

/** A bucket. Calls throw `StoreUnavailable` when a request fails. */
export interface ObjectStore {
  /**
   * The reason why the bucket does not respond, as one sentence; undefined if it does. Throws `UsageError` when its response
   * is that it cannot be used.
   */
  problem(): Promise<string | undefined>;
  /** Writes an object, whole or not at all. */
  put(key: string, body: Buffer): Promise<void>;
  get(key: string): Promise<Buffer | undefined>;
  /** The bytes of an object from `start` to before `end`. Throws `StoreRefused` if there is no such object. */
  getRange(key: string, start: number, end: number): Promise<Buffer>;
  remove(key: string): Promise<void>;
  /** The keys that begin with `prefix` and sort after `after`, in order. */
  list(prefix: string, after?: string): AsyncGenerator<string>;
  close(): void;
}

export function connectStore(settings: StoreSettings, metrics?: Metrics): ObjectStore {
  const { endpoint, region, bucket, credentials, timeoutMs, authorities } = settings;
  const client = new S3Client({
    region,
    // The caller retries, and reports it.
    maxAttempts: 1,
    ...(endpoint !== undefined && { endpoint, forcePathStyle: true }),
    ...(credentials && { credentials }),
    ...(authorities !== undefined && { requestHandler: { httpsAgent: { ca: authorities } } }),
  });
  if (metrics !== undefined) countS3Calls(client, metrics);
  const limit = () => ({ abortSignal: AbortSignal.timeout(timeoutMs) });
  const where = { Bucket: bucket };

  return {
    async problem() {
      try {
        await client.send(new HeadBucketCommand(where), limit());
        return undefined;
      } catch (error) {
        const status = httpStatusOf(error);
        const problem = status === undefined ? undefined : REFUSALS[status];
        if (problem !== undefined) throw new UsageError(`the bucket ${bucket} (S3_BUCKET) ${problem}`);
        return `the bucket ${bucket} is unavailable: ${describeStoreError(error as Error)}`;
      }
    },

    async put(key, body) {
      await explain(`write ${key}`, client.send(new PutObjectCommand({ ...where, Key: key, Body: body }), limit()));
    },

    async get(key) {
      const command = new GetObjectCommand({ ...where, Key: key });
      const read = async () => (await client.send(command, limit())).Body?.transformToByteArray();
      const body = await explain(
        `read ${key}`,
        read().catch((error: Error) => {
          if (error.name === 'NoSuchKey') return undefined;
          throw error;
        }),
      );
      return body === undefined ? undefined : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    },

    async getRange(key, start, end) {
      const command = new GetObjectCommand({ ...where, Key: key, Range: `bytes=${start}-${end - 1}` });
      const read = async () => (await client.send(command, limit())).Body?.transformToByteArray();
      return Buffer.from((await explain(`read ${key}`, read())) ?? []);
    },

    async remove(key) {
      await explain(`remove ${key}`, client.send(new DeleteObjectCommand({ ...where, Key: key }), limit()));
    },

    async *list(prefix, after) {
      let token: string | undefined;
      do {
        const page = { ...(token === undefined ? after && { StartAfter: after } : { ContinuationToken: token }) };
        const command = new ListObjectsV2Command({ ...where, Prefix: prefix, ...page });
        const answer = await explain(`list ${prefix}`, client.send(command, limit()));
        for (const { Key } of answer.Contents ?? []) if (Key !== undefined) yield Key;
        token = answer.NextContinuationToken;
      } while (token !== undefined);
    },

    close: () => client.destroy(),
  };
}

const REFUSALS: Readonly<Record<number, string>> = {
  301: 'is in another region: set AWS_REGION to it',
  403: 'refuses these credentials (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY)',
  404: 'does not exist: create it',
};
