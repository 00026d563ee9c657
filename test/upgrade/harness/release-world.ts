import { join } from 'node:path';
import { type Admin, Partitioners, type Producer } from 'kafkajs';
import type pg from 'pg';
import { HOME } from '../../../dev/stack/folders.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { loadConfig } from '../../../src/config.ts';
import { createKafka } from '../../../src/kafka/connection/create-kafka.ts';
import { createLog } from '../../../src/log.ts';
import type { RoleName } from '../../../src/pipeline.ts';
import { openStore } from '../../../src/sinks/archive/open-store.ts';
import { RoleProcess } from '../../faults/harness/role-process.ts';
import * as support from '../../support/query.ts';
import { runThunderline, startThunderline } from '../../support/thunderline.ts';
import { until } from '../../support/until.ts';
import { createWorld } from '../../support/world.ts';
import { ARCHIVE_FOLDER, RELEASE_PREFIX } from './fixture.ts';

const FIRST_PORT = 31_800;
const GONE_MS = 30_000;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A database, the topics and the archive of a release, and the processes that work on them. */
export interface ReleaseWorld {
  readonly environment: Environment;
  readonly databaseUrl: string;
  query(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  /** A producer that is not connected yet. */
  producer(): Producer;
  store(): ReturnType<typeof openStore>;
  /** Starts a process with these roles, and does not wait for it. */
  start(roles: readonly RoleName[], more?: Environment): Promise<RoleProcess>;
  /** Runs a command to its end, and returns its output. Throws unless it exits with 0. */
  run(...args: readonly string[]): Promise<string>;
  /** Runs a command that fails; returns what it prints. */
  fails(...args: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** @param registryUrl the registry with the ids of the release; see `shifted-registry.ts`. */
export async function createReleaseWorld(registryUrl: string): Promise<ReleaseWorld> {
  const world = await createWorld();
  const environment: Environment = {
    ...world.environment,
    LOG_LEVEL: 'info',
    SCHEMA_REGISTRY_URL: registryUrl,
    KAFKA_TOPIC_PREFIX: RELEASE_PREFIX,
    ARCHIVE_PREFIX: ARCHIVE_FOLDER,
    ARCHIVE_OBJECT_AGE_MS: '1000',
    CONSUMER_SESSION_TIMEOUT_MS: '6000',
  };
  const config = loadConfig(environment);
  const processes: RoleProcess[] = [];

  const withAdmin: ReleaseWorld['withAdmin'] = async (work) => {
    const admin = createKafka(config.kafka, 'test', { log: createLog('silent') }).admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const store: ReleaseWorld['store'] = () => openStore(config.s3);

  /** The names of a release are the same in every run, so an interrupted one may have left some. */
  async function clear(): Promise<void> {
    await withAdmin(async (admin) => {
      const { groups } = await admin.listGroups();
      const mine = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(RELEASE_PREFIX));
      if (mine.length > 0) await admin.deleteGroups(mine);
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(RELEASE_PREFIX));
      if (topics.length > 0) await admin.deleteTopics({ topics });
      await until('the topics are gone', GONE_MS, async () =>
        (await admin.listTopics()).every((topic) => !topic.startsWith(RELEASE_PREFIX)),
      );
    });
    const bucket = store();
    for await (const key of bucket.list(ARCHIVE_FOLDER)) await bucket.remove(key);
    bucket.close();
  }
  await clear();

  return {
    environment,
    withAdmin,
    producer: () =>
      createKafka(config.kafka, 'test', { log: createLog('silent') }).producer({
        createPartitioner: Partitioners.DefaultPartitioner,
      }),
    store,
    databaseUrl: world.databaseUrl,
    query: (sql, values) => support.query(world.databaseUrl, sql, values),
    async start(roles, more) {
      const started = new RoleProcess({
        args: ['serve', '--roles', roles.join(',')],
        environment: { ...environment, ...more },
        port: await freePort(FIRST_PORT + 10 * processes.length),
        logPath: join(HOME, 'upgrade', `${processes.length}-${roles[0]}.log`),
      });
      processes.push(started);
      return started;
    },
    run: (...args) => runThunderline(environment, ...args),
    async fails(...args) {
      const { code, out, err } = await startThunderline(environment, args).ended;
      if (code === 0) throw new Error(`thunderline ${args.join(' ')} did not fail: ${out}`);
      return `${out}${err}`;
    },
    async close() {
      await Promise.all(processes.map((process) => process.stop()));
      await clear();
      await world.close();
    },
  };
}
