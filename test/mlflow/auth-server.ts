import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startGuarded } from '../../dev/machine/guard.ts';
import { pythonEnvironment, STACK_PYTHON } from '../../dev/parts/python.ts';
import { installTestPython } from '../runner/python.ts';
import { freePort } from '../support/free-port.ts';
import { until } from '../support/until.ts';

const AUTH_PYTHON = pythonEnvironment(
  'mlflow-auth-python',
  join(import.meta.dirname, 'auth-python.txt'),
  'the packages of the authentication of MLflow',
);

const ADMIN = { username: 'admin', password: 'the password of the admin' } as const;
/** A user as every tool has one: it manages its own experiments, and reads those of others. */
const USER = { username: 'mirror', password: 'the password of the mirror' } as const;
const START_MS = 300_000;

/** A real MLflow with its own basic authentication, and a database of its own. */
export interface AuthServer {
  readonly url: string;
  /** The settings of the user. */
  readonly credentials: { readonly username: string; readonly password: string };
  /** Makes a call of the API, such as `2.0/mlflow/runs/create`, as the admin, who may do everything. */
  asAdmin(call: string, body: object): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

export async function startAuthServer(): Promise<AuthServer> {
  const [python, packages] = [await installTestPython(STACK_PYTHON), await installTestPython(AUTH_PYTHON)];
  const folder = mkdtempSync(join(tmpdir(), 'thunderline-mlflow-'));
  const settings = join(folder, 'auth.ini');
  writeFileSync(
    settings,
    [
      '[mlflow]',
      'default_permission = READ',
      `database_uri = sqlite:///${join(folder, 'auth.db')}`,
      `admin_username = ${ADMIN.username}`,
      `admin_password = ${ADMIN.password}`,
      'authorization_function = mlflow.server.auth:authenticate_request_basic_auth',
      'auth_cache_ttl_seconds = 60',
    ].join('\n'),
  );
  const port = await freePort();
  const args = ['--app-name', 'basic-auth', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  const store = ['--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`, '--artifacts-destination', folder];
  // It ends with this process, also with one that jest kills.
  const server = startGuarded({
    file: python,
    args: ['-m', 'mlflow', 'server', ...args, ...store],
    cwd: folder,
    logPath: join(folder, 'server.log'),
    graceSeconds: 1,
    environment: {
      PATH: process.env.PATH,
      HOME: folder,
      PYTHONPATH: sitePackages(packages),
      MLFLOW_AUTH_CONFIG_PATH: settings,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'a secret',
      MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      MLFLOW_DISABLE_TELEMETRY: 'true',
    },
  });
  let end: string | undefined;
  void server.exited.then((reason) => {
    end = reason;
  });
  const url = `http://127.0.0.1:${port}`;
  const asAdmin: AuthServer['asAdmin'] = async (call, body) => {
    const { username, password } = ADMIN;
    const response = await fetch(`${url}/api/${call}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${call}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const close = async (): Promise<void> => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until('MLflow with authentication serves', START_MS, async () => {
      if (end !== undefined) throw new Error(`it ended: ${end}`);
      return (await fetch(`${url}/health`).catch(() => undefined))?.ok === true;
    });
    await asAdmin('2.0/mlflow/users/create', USER);
  } catch (error) {
    await close();
    throw error;
  }
  return { url, credentials: USER, asAdmin, close };
}

/** The folder of the packages of an environment: `bin/python` is beside `lib/python3.x/site-packages`. */
function sitePackages(python: string): string {
  const lib = join(python, '../../lib');
  const [version = ''] = readdirSync(lib).filter((name) => name.startsWith('python3'));
  return join(lib, version, 'site-packages');
}
