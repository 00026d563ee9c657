import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import type pg from 'pg';
import { freePort } from '../../../dev/stack/ports.ts';
import type { RoleName } from '../../../src/pipeline.ts';
import * as support from '../../support/query.ts';
import { withAdmin } from '../../support/with-admin.ts';
import { createWorld } from '../../support/world.ts';
import type { CallCrashPoint, CrashPoint } from './crash-point.ts';
import { FAULTS_HOME, parts } from './parts.ts';
import { RoleProcess } from './role-process.ts';

/** Ports between those of the parts and the ephemeral ports of the system; each world has a hundred, chosen at random. */
const FIRST_PORT = 29_100;
const PORT_RANGES = 36;

export interface StartOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** The process kills itself, or throws as a bug would, when it reaches the moment for the time after `after`. */
  readonly crash?: { readonly at: CrashPoint | CallCrashPoint; readonly after: number; readonly by?: 'bug' };
}

/** Topics, groups and a database for the faults of one file, and the processes that work on them. */
export interface FaultWorld {
  readonly topicPrefix: string;
  /** The database for the owner of the server, who has no limits. */
  readonly databaseUrl: string;
  readonly database: string;
  /** The account with which the roles connect; it can be limited. */
  readonly account: string;
  /** The environment of every process, and for `loadConfig`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The address of the gateway; it stays the same after a restart. */
  readonly gatewayUrl: string;
  /** Starts a process with these roles, or all of them; does not wait for it to be ready. */
  start(roles: readonly RoleName[] | 'all', options?: StartOptions): Promise<RoleProcess>;
  query(sql: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
  withAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T>;
  /** Stops every process and removes the topics, groups, objects and the database. */
  close(): Promise<void>;
}

/** A failed test may have left a part broken, and later files must not fail because of that. */
async function startParts(): Promise<void> {
  for (const name of ['postgres', 'kafka', 'registry', 's3'] as const) await parts[name].start();
}

/** @param startBroken starts the parts that a failed test has left broken; by default those of this suite. */
export async function createFaultWorld(
  settings: Readonly<Record<string, string>> = {},
  startBroken: () => Promise<void> = startParts,
): Promise<FaultWorld> {
  const world = await createWorld();
  const { databaseUrl, topicPrefix } = world;
  const url = new URL(databaseUrl);
  const database = url.pathname.slice(1);
  const account = `app_${database}`;
  url.username = account;
  url.password = 'app';
  const gatewayPort = await freePort(FIRST_PORT + 100 * randomInt(PORT_RANGES));
  const processes: RoleProcess[] = [];
  const environment: FaultWorld['environment'] = {
    ...world.environment,
    DATABASE_URL: url.href,
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
    ARCHIVE_OBJECT_AGE_MS: '1000',
    // The minimum: no test measures the time until the group removes a killed consumer.
    CONSUMER_SESSION_TIMEOUT_MS: '6000',
    LOG_LEVEL: 'info',
    ...settings,
  };

  const query: FaultWorld['query'] = (sql, values) => support.query(databaseUrl, sql, values);
  let lastPort = gatewayPort;
  /** A port that no earlier process has, including those that do not listen yet. */
  async function nextPort(): Promise<number> {
    lastPort = await freePort(lastPort + 1);
    return lastPort;
  }
  await query(`create role ${account} login password 'app'`);
  await query(`alter database ${database} owner to ${account}`);

  return {
    topicPrefix,
    databaseUrl,
    database,
    account,
    environment,
    gatewayUrl: `http://127.0.0.1:${gatewayPort}`,

    async start(roles, { environment: more, crash } = {}) {
      const name = roles === 'all' ? 'start' : roles.join('-');
      const started = new RoleProcess({
        args: roles === 'all' ? ['start'] : ['serve', '--roles', roles.join(',')],
        environment: {
          ...environment,
          ...more,
          ...(crash && {
            FAULTS_CRASH_AT: `${name} ${crash.at}`,
            FAULTS_CRASH_AFTER: String(crash.after),
            FAULTS_CRASH_BY: crash.by,
          }),
        },
        port: roles === 'all' || roles.includes('gateway') ? gatewayPort : await nextPort(),
        logPath: join(FAULTS_HOME, 'roles', `${topicPrefix}${processes.length}-${name}.log`),
      });
      processes.push(started);
      return started;
    },

    query,
    withAdmin: (work) => withAdmin(environment, work),

    async close() {
      await Promise.all(processes.map((process) => process.stop()));
      await startBroken();
      await query(`alter database ${database} owner to current_user`);
      await world.close();
      await dropRole(databaseUrl, account);
    },
  };
}

async function dropRole(databaseUrl: string, account: string): Promise<void> {
  const url = new URL(databaseUrl);
  url.pathname = '/postgres';
  await support.query(url.href, `drop role ${account}`);
}
