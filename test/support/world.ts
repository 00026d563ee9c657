import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import type { Admin } from 'kafkajs';
import { loadConfig } from '../../src/config.ts';
import { createKafka } from '../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../src/log.ts';
import { query } from './query.ts';

/** Topics, groups, objects and a database for one test file, which no other file uses and which are removed afterwards. */
export interface World {
  /** Prefix of topics and consumer groups (`KAFKA_TOPIC_PREFIX`); ends in a dash. */
  readonly topicPrefix: string;
  /** Prefix of the keys of objects in `S3_BUCKET`; ends in a slash. */
  readonly bucketPrefix: string;
  /** An empty database. */
  readonly databaseUrl: string;
  /** The environment for `loadConfig` with these values; the system chooses the port. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * Cleans up, and throws when the file has left a connection to its database or a member of a consumer group open for
   * `graceMs`.
   */
  close(graceMs?: number): Promise<void>;
}

/** Sockets close a moment after the call that closes them; a socket that is open after this time was forgotten. */
const LEAK_GRACE_MS = 30_000;
const POLL_MS = 25;
const MLFLOW_TIMEOUT_MS = 300_000;
/** A busy broker takes longer than the five seconds that kafkajs allows. */
const ADMIN_TIMEOUT_MS = 60_000;

/** `const world = await createWorld(); afterAll(() => world.close());` */
export async function createWorld(): Promise<World> {
  const id = randomBytes(5).toString('hex');
  const topicPrefix = `test-${id}-`;
  const bucketPrefix = `test-${id}/`;
  const database = `test_${id}`;
  const server = variable('DATABASE_URL');
  await query(server, `create database ${database}`);
  const url = new URL(server);
  url.pathname = `/${database}`;
  return {
    topicPrefix,
    bucketPrefix,
    databaseUrl: url.href,
    environment: {
      ...process.env,
      PORT: '0',
      LOG_LEVEL: 'silent',
      // On a busy machine a query may take longer than the default allows.
      QUERY_TIMEOUT_MS: '60000',
      // And a stop.
      SHUTDOWN_MS: '30000',
      KAFKA_TOPIC_PREFIX: topicPrefix,
      DATABASE_URL: url.href,
      // The mirror to MLflow runs only in tests of it, which set the address of `mlflowReady`.
      MLFLOW_TRACKING_URI: '',
    },
    async close(graceMs = LEAK_GRACE_MS) {
      const leaks = [
        ...(await withAdmin((admin) => leakedGroups(admin, topicPrefix, graceMs))),
        ...(await leakedConnections(server, database, graceMs)),
      ];
      await query(server, `drop database ${database} with (force)`);
      await withAdmin((admin) => removeFromKafka(admin, topicPrefix));
      await removeSubjects(topicPrefix);
      await removeObjects(bucketPrefix);
      if (leaks.length > 0) throw new Error(`This test file has left open:\n  ${leaks.join('\n  ')}`);
    },
  };
}

/** Resolves when MLflow serves. Only files that use MLflow await this, because it starts slowly. */
export async function mlflowReady(): Promise<string> {
  const uri = variable('MLFLOW_TRACKING_URI');
  const deadline = Date.now() + MLFLOW_TIMEOUT_MS;
  for (;;) {
    const response = await fetch(`${uri}/health`, { signal: AbortSignal.timeout(20_000) }).catch(() => undefined);
    if (response?.ok) return uri;
    if (Date.now() > deadline) throw new Error(`MLflow at ${uri} was not ready after ${MLFLOW_TIMEOUT_MS / 1000} s`);
    await delay(POLL_MS);
  }
}

function variable(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(`${name} is not set: test/runner/global-setup.ts sets it, so run the tests with npm test.`);
  return value;
}

async function withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = createKafka(loadConfig().kafka, 'test', { log: createLog('silent') }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The last result of `look` when the grace time is over; empty as soon as it finds nothing. */
async function settled(graceMs: number, look: () => Promise<string[]>): Promise<string[]> {
  const deadline = Date.now() + graceMs;
  for (;;) {
    const found = await look();
    if (found.length === 0 || Date.now() > deadline) return found;
    await delay(POLL_MS);
  }
}

function leakedConnections(server: string, database: string, graceMs: number): Promise<string[]> {
  return settled(graceMs, async () => {
    const { rows } = await query(server, 'select state, query from pg_stat_activity where datname = $1', [database]);
    return rows.map(({ state, query: last }) => `a database connection (${state}), whose last query was: ${last}`);
  });
}

async function groupsOf(admin: Admin, prefix: string): Promise<string[]> {
  const { groups } = await admin.listGroups();
  return groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(prefix));
}

function leakedGroups(admin: Admin, prefix: string, graceMs: number): Promise<string[]> {
  return settled(graceMs, async () => {
    const ids = await groupsOf(admin, prefix);
    if (ids.length === 0) return [];
    const { groups } = await admin.describeGroups(ids);
    return groups
      .filter(({ members }) => members.length > 0)
      .map(({ groupId, members }) => `the consumer group ${groupId} with ${members.length} members`);
  });
}

async function removeFromKafka(admin: Admin, prefix: string): Promise<void> {
  const groups = await groupsOf(admin, prefix);
  if (groups.length > 0) await admin.deleteGroups(groups).catch(() => {});
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  if (topics.length > 0) await admin.deleteTopics({ topics, timeout: ADMIN_TIMEOUT_MS });
}

async function removeSubjects(prefix: string): Promise<void> {
  const registry = variable('SCHEMA_REGISTRY_URL');
  const subjects = (await (await fetch(`${registry}/subjects`)).json()) as string[];
  const mine = subjects.filter((subject) => subject.startsWith(prefix));
  await Promise.all(
    mine.map((subject) => fetch(`${registry}/subjects/${encodeURIComponent(subject)}`, { method: 'DELETE' })),
  );
}

async function removeObjects(prefix: string): Promise<void> {
  const client = new S3Client({
    endpoint: variable('S3_ENDPOINT'),
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: variable('AWS_ACCESS_KEY_ID'), secretAccessKey: variable('AWS_SECRET_ACCESS_KEY') },
  });
  const Bucket = variable('S3_BUCKET');
  try {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: prefix }));
    const Objects = Contents.map(({ Key }) => ({ Key }));
    if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  } finally {
    client.destroy();
  }
}
