import { ListMultipartUploadsCommand, type S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { type ArtifactStore, createArtifactStore } from '../../src/artifacts/artifact-store.ts';
import { connectS3 } from '../../src/artifacts/connect-s3.ts';
import { createObjectCopier, type ObjectCopier } from '../../src/artifacts/mlflow/object-copier.ts';
import { createMultiparts, type Multiparts } from '../../src/artifacts/multiparts.ts';
import type { S3Config } from '../../src/sinks/archive/options.ts';
import { migrate } from '../../src/store/migrate.ts';
import { type MultipartUploads, multipartUploads } from '../../src/store/tables/multipart-uploads.ts';

/** The object store, with the table of uploads in parts. */
export interface Bucket {
  readonly client: S3Client;
  readonly pool: pg.Pool;
  readonly uploads: MultipartUploads;
  readonly multiparts: Multiparts;
  readonly store: ArtifactStore;
  readonly copier: ObjectCopier;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

interface Settings {
  readonly databaseUrl: string;
  readonly s3: S3Config;
  /** Another address of the object store. */
  readonly endpoint?: string;
  readonly abortAfterMs?: number;
  /** Size of the parts of a copy. */
  readonly partBytes?: number;
}

export async function openTestBucket({
  databaseUrl,
  s3,
  endpoint,
  abortAfterMs = 60_000,
  partBytes,
}: Settings): Promise<Bucket> {
  await migrate(databaseUrl);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  const client = connectS3(s3, endpoint);
  const uploads = multipartUploads(pool);
  const multiparts = createMultiparts(client, { timeoutMs: TIMEOUT_MS, abortAfterMs, uploads });
  return {
    client,
    pool,
    uploads,
    multiparts,
    store: createArtifactStore(client, TIMEOUT_MS, multiparts),
    copier: createObjectCopier(client, TIMEOUT_MS, multiparts, partBytes),
    async close() {
      client.destroy();
      await pool.end();
    },
  };
}

/** The keys below a prefix whose uploads in parts have not ended. */
export async function unfinishedUploads(s3: S3Config, prefix: string): Promise<readonly string[]> {
  const client = connectS3(s3);
  const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: s3.bucket, Prefix: prefix }));
  client.destroy();
  return Uploads.map(({ Key = '' }) => Key);
}
