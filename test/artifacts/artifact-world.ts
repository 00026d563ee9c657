import { createHash } from 'node:crypto';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { connectS3 } from '../../src/artifacts/connect-s3.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { createLog } from '../../src/log.ts';
import { type RoleName, roleNamed } from '../../src/pipeline.ts';
import { type Serving, serve } from '../../src/serve.ts';
import { Tables } from '../sinks/postgres/tables.ts';
import { type Answer, ask } from '../support/ask.ts';
import { createWorld, type World } from '../support/world.ts';

const ROLES: readonly RoleName[] = ['gateway', 'router', 'postgres', 'archive', 'artifacts'];

/** The roles that an artifact passes, on a bucket folder of their own. */
export interface ArtifactWorld extends World {
  readonly config: Config;
  readonly serving: Serving;
  readonly tables: Tables;
  /** The keys below a prefix of the folder, which is left out of them. */
  keys(): Promise<string[]>;
  putObject(key: string, body: string | Buffer): Promise<string>;
  /** Writes an object under a key outside of the folder. */
  putAt(key: string, body: string): Promise<void>;
  getObject(key: string): Promise<Buffer>;
  hasObject(bucket: string, key: string): Promise<boolean>;
  /** Sends a request to the API. */
  ask(path: string, options?: RequestInit): Promise<Answer>;
  put(path: string, body: string | Buffer, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  list(run: string, trial: string, query?: string): Promise<Answer>;
  post(event: object): Promise<void>;
}

export const pathOf = (run: string, trial: string, name?: string): string =>
  [
    '/api/runs',
    encodeURIComponent(run),
    'trials',
    encodeURIComponent(trial),
    'artifacts',
    ...(name === undefined ? [] : [encodeURIComponent(name)]),
  ].join('/');

export const sha256 = (body: string | Buffer): string => createHash('sha256').update(body).digest('hex');

/** The value of `Content-Digest` for a body. */
export const digestOf = (body: string | Buffer): string =>
  `sha-256=:${Buffer.from(sha256(body), 'hex').toString('base64')}:`;

/** An artifact in a list. */
export interface Listed {
  readonly name: string;
  readonly uri: string;
  readonly link: string | null;
  readonly no_link_because: string | null;
  readonly size_bytes: number | null;
  readonly sha256: string | null;
}

/** @param more roles besides those that an artifact passes. */
export async function createArtifactWorld(
  settings: Readonly<Record<string, string>> = {},
  ...more: readonly RoleName[]
): Promise<ArtifactWorld> {
  const world = await createWorld();
  const folder = world.bucketPrefix;
  const config = loadConfig({
    ...world.environment,
    ARTIFACT_PREFIX: `${folder}artifacts`,
    ARCHIVE_PREFIX: `${folder}archive`,
    ...settings,
  });
  const serving = await serve(config, [...ROLES, ...more].map(roleNamed), createLog('silent'));
  const tables = new Tables(world.databaseUrl);
  await tables.open();
  const s3 = connectS3(config.s3);
  const Bucket = config.s3.bucket;
  const send = (path: string, options?: RequestInit) => ask(serving.url + path, options);

  return {
    ...world,
    config,
    serving,
    tables,
    async keys() {
      const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: folder }));
      return Contents.map(({ Key = '' }) => Key.slice(folder.length));
    },
    async putObject(key, body) {
      await s3.send(new PutObjectCommand({ Bucket, Key: `${folder}${key}`, Body: body }));
      return `s3://${Bucket}/${folder}${key}`;
    },
    async putAt(key, body) {
      await s3.send(new PutObjectCommand({ Bucket, Key: key, Body: body }));
    },
    async getObject(key) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    hasObject: (bucket, key) =>
      s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key })).then(
        () => true,
        () => false,
      ),
    ask: send,
    put: (path, body, headers = {}) => send(path, { method: 'PUT', body: body as string, headers }),
    list: (run, trial, query = '') => send(pathOf(run, trial) + query),
    async post(event) {
      const headers = { 'content-type': 'application/json' };
      const { status, body } = await send('/api/events/ml', { method: 'POST', body: JSON.stringify(event), headers });
      if (status !== 202) throw new Error(`the event was answered ${status}: ${JSON.stringify(body)}`);
    },
    async close() {
      s3.destroy();
      await serving.stop();
      await tables.close();
      await world.close();
    },
  };
}
