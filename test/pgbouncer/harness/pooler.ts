import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuarded } from '../../../dev/machine/guard.ts';
import { asAccount, giveTo, unprivilegedAccount } from '../../../dev/parts/unprivileged-account.ts';
import { bareEnvironment } from '../../../dev/stack/bare-environment.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { query } from '../../support/query.ts';
import { until } from '../../support/until.ts';

const FIRST_PORT = 26_800;
const START_MS = 30_000;
/** Where Debian's package puts it, which is not in the path of every account. */
const PROGRAM = '/usr/sbin/pgbouncer';

/** A pgbouncer in front of Postgres. */
export interface Pooler {
  /** The address of a database, by way of the pooler. */
  urlOf(databaseUrl: string): string;
  stop(): Promise<void>;
}

/** @param settings lines of pgbouncer.ini, such as `pool_mode = session`. */
export async function startPooler(databaseUrl: string, settings: readonly string[]): Promise<Pooler> {
  if (!existsSync(PROGRAM)) throw new Error(`${PROGRAM} does not exist: run "apt-get install pgbouncer"`);
  const server = new URL(databaseUrl);
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-pgbouncer-'));
  chmodSync(folder, 0o755);
  const port = await freePort(FIRST_PORT);
  const file = join(folder, 'pgbouncer.ini');
  const { hostname, username, password } = server;
  const login = `user=${decodeURIComponent(username)} password=${decodeURIComponent(password)}`;
  writeFileSync(
    file,
    [
      '[databases]',
      `* = host=${hostname} port=${server.port} ${login}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = any',
      ...settings,
      '',
    ].join('\n'),
  );
  const account = unprivilegedAccount();
  giveTo(account, folder);
  // It refuses to run as root, as Postgres does.
  const [program, args] = asAccount(account, PROGRAM, [file]);
  const pooler = startGuarded({
    file: program,
    args,
    environment: bareEnvironment(process.env),
    cwd: folder,
    logPath: join(folder, 'pgbouncer.log'),
    stopSignal: 'INT',
  });
  const urlOf = (url: string): string => {
    const address = new URL(url);
    address.host = `127.0.0.1:${port}`;
    return address.href;
  };
  const stop = async (): Promise<void> => {
    await pooler.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('pgbouncer serves', START_MS, async () => (await query(urlOf(databaseUrl), 'select 1')).rowCount === 1);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urlOf, stop };
}
