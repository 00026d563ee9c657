import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuarded } from '../../../dev/machine/guard.ts';
import { pingDatabase } from '../../../dev/parts/database.ts';
import { postgresPrograms } from '../../../dev/parts/postgres.ts';
import { asAccount, giveTo, unprivilegedAccount } from '../../../dev/parts/unprivileged-account.ts';
import { bareEnvironment } from '../../../dev/stack/bare-environment.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { query } from '../../support/query.ts';
import { until } from '../../support/until.ts';
import type { Authority, Certificate } from './authority.ts';

const FIRST_PORT = 26_500;
const START_MS = 90_000;
const OWNER = 'owner';
const PASSWORD = 'pass-word-1';

/** Postgres that accepts nothing but TLS, with a certificate of an authority made for the test. */
export interface SecurePostgres {
  /** The address for the owner of the server. @param host a name or an address of this machine. */
  url(host?: string, rootCertificate?: string): string;
  query: (sql: string, values?: readonly unknown[]) => ReturnType<typeof query>;
  /** Replaces the certificate, and ends the connections that stand. */
  rotate(certificate: Certificate): Promise<void>;
  stop(): Promise<void>;
}

export async function startSecurePostgres(authority: Authority): Promise<SecurePostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-postgres-'));
  // The server may not run as root, and its files are below a folder that it must enter.
  chmodSync(folder, 0o755);
  const account = unprivilegedAccount();
  const environment = bareEnvironment(process.env);
  const data = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(passwordFile, PASSWORD);
  giveTo(account, folder);
  const options = ['--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--no-locale', '--no-sync'];
  const [initdb, initArguments] = asAccount(account, join(postgresPrograms(), 'initdb'), [
    `--pgdata=${data}`,
    `--username=${OWNER}`,
    ...options,
  ]);
  execFileSync(initdb, initArguments, { env: environment, cwd: folder, stdio: 'pipe' });
  writeFileSync(join(data, 'pg_hba.conf'), 'hostssl all all all scram-sha-256\n');

  const install = ({ certificate, key }: Certificate): void => {
    copyFileSync(certificate, join(data, 'server.crt'));
    copyFileSync(key, join(data, 'server.key'));
    chmodSync(join(data, 'server.key'), 0o600);
    giveTo(account, data);
  };
  install(authority.issue('postgres', 'localhost'));
  const port = await freePort(FIRST_PORT);
  const settings = { port, ssl: 'on', listen_addresses: 'localhost', unix_socket_directories: '', fsync: 'off' };
  const [file, args] = asAccount(account, join(postgresPrograms(), 'postgres'), [
    ...['-D', data],
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]);
  const logPath = join(folder, 'postgres.log');
  const server = startGuarded({ file, args, environment, cwd: folder, logPath, stopSignal: 'INT' });
  const url: SecurePostgres['url'] = (host = 'localhost', root = authority.certificate) =>
    `postgres://${OWNER}:${PASSWORD}@${host}:${port}/postgres?sslmode=verify-full&sslrootcert=${root}`;
  const stop = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('Postgres serves', START_MS, async () => {
      await pingDatabase(url());
      return true;
    });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    query: (sql, values) => query(url(), sql, values),
    async rotate(certificate) {
      install(certificate);
      await query(url(), 'select pg_reload_conf()');
      await query(url(), 'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()');
    },
    stop,
  };
}
