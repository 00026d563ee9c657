import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Config, loadConfig } from '../src/config.ts';
import { type Connections, withConnections } from '../src/connections.ts';
import type { KafkaAdmin } from '../src/kafka/connection/create-kafka.ts';
import { createLog } from '../src/log.ts';
import { TOPIC_NAMES } from '../src/topics.ts';

/** Topics, consumer groups and a database for one benchmark, on the parts that the environment names. */
export interface Place {
  readonly config: Config;
  readonly connections: Connections;
  /** The environment of processes that work here. */
  readonly environment: NodeJS.ProcessEnv;
  readonly admin: KafkaAdmin;
  /** A connection to the database, which is empty at first. */
  readonly database: pg.Client;
}

/** Runs `work` on a new database of the server that DATABASE_URL names, and drops it afterwards. */
export async function withDatabase<T>(work: (databaseUrl: string) => Promise<T>): Promise<T> {
  const databaseUrl = loadConfig().postgres.url.reveal();
  const name = `bench_${randomBytes(5).toString('hex')}`;
  await atServer(databaseUrl, `create database ${name}`);
  try {
    const url = new URL(databaseUrl);
    url.pathname = `/${name}`;
    return await work(url.href);
  } finally {
    await atServer(databaseUrl, `drop database if exists ${name} with (force)`);
  }
}

/** A connection of its own for each statement, because `work` may restart the server. */
async function atServer(databaseUrl: string, sql: string): Promise<void> {
  const server = new pg.Client({ connectionString: databaseUrl });
  await server.connect();
  try {
    await server.query(sql);
  } finally {
    await server.end();
  }
}

/** Runs `work` in a new place, and removes the place afterwards. */
export const withPlace = <T>(work: (place: Place) => Promise<T>): Promise<T> =>
  withDatabase(async (databaseUrl) => {
    const topicPrefix = `bench-${randomBytes(5).toString('hex')}-`;
    const environment: NodeJS.ProcessEnv = {
      ...process.env,
      DATABASE_URL: databaseUrl,
      KAFKA_TOPIC_PREFIX: topicPrefix,
      LOG_LEVEL: 'warn',
    };
    const config = loadConfig(environment);
    const database = new pg.Client({ connectionString: databaseUrl });
    await database.connect();
    // Dropping the database ends the connection.
    database.on('error', () => undefined);
    const settings = { purpose: 'bench', registers: TOPIC_NAMES } as const;
    return withConnections(config, createLog('error'), settings, async (connections) => {
      const admin = await connections.admin();
      try {
        await connections.createTopics();
        return await work({ config, connections, environment, admin, database });
      } finally {
        await database.end();
        await removeFromKafka(admin, topicPrefix);
      }
    });
  });

async function removeFromKafka(admin: Place['admin'], prefix: string): Promise<void> {
  const { groups } = await admin.listGroups();
  const mine = groups.map(({ groupId }) => groupId).filter((groupId) => groupId.startsWith(prefix));
  if (mine.length > 0) await admin.deleteGroups(mine);
  const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
  await admin.deleteTopics({ topics });
}

/** The rate and the duration of some work, from the moment at which counting started. */
export interface Drain {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Each poll is a request or two to the broker, on the same cores: twenty polls a second cost the sink 6 %. */
const POLL_MS = 200;
const DEADLINE_MS = 180_000;

/**
 * Polls until all work is done and returns the rate. The rate starts when `from` is reached, so that start-up does not count.
 *
 * @param done returns the amount of work that is done.
 */
export async function untilDone(total: number, done: () => Promise<number>, from = 1): Promise<Drain> {
  const deadline = Date.now() + DEADLINE_MS;
  let first: { readonly at: number; readonly done: number } | undefined;
  for (;;) {
    const now = await done();
    const at = performance.now();
    if (now >= from) first ??= { at, done: now };
    if (first !== undefined && now >= total) {
      const seconds = (at - first.at) / 1_000;
      return { seconds, perSecond: (total - first.done) / seconds };
    }
    if (Date.now() > deadline) throw new Error(`only ${now} of ${total} are done after ${DEADLINE_MS / 1_000} s`);
    await sleep(POLL_MS);
  }
}
