import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { freePort } from '../../dev/stack/ports.ts';
import { RoleProcess } from '../faults/harness/role-process.ts';
import { startThunderline } from '../support/thunderline.ts';
import { until } from '../support/until.ts';
import { createWorld, mlflowReady, type World } from '../support/world.ts';
import { Authority, type CertificateOptions } from './harness/authority.ts';
import { type SecurePostgres, startSecurePostgres } from './harness/secure-postgres.ts';
import { startTlsGate, type TlsGate } from './harness/tls-gate.ts';

/** Every part but Kafka, each with TLS, and the registry and MLflow with a password as well. */
const WAIT_MS = 120_000;
const FIRST_PORT = 31_500;
const basic = (pair: string): string => `Basic ${Buffer.from(pair).toString('base64')}`;

let world: World;
let folder: string;
let authority: Authority;
let stranger: Authority;
let postgres: SecurePostgres;
let gates: { readonly registry: TlsGate; readonly s3: TlsGate; readonly mlflow: TlsGate };
let system: RoleProcess | undefined;

beforeAll(async () => {
  world = await createWorld();
  folder = mkdtempSync(join(tmpdir(), 'thunderline-parts-'));
  authority = new Authority(folder, 'test-ca');
  stranger = new Authority(folder, 'other-ca');
  postgres = await startSecurePostgres(authority);
  const gate = (name: string, target: string) => startTlsGate(target, authority.issue(name, 'localhost'));
  gates = {
    registry: await gate('registry', process.env.SCHEMA_REGISTRY_URL ?? ''),
    s3: await gate('s3', process.env.S3_ENDPOINT ?? ''),
    mlflow: await gate('mlflow', await mlflowReady()),
  };
});
beforeEach(() => {
  gates.registry.admit([basic('registry:pass-word-1')]);
  gates.mlflow.admit([basic('mirror:pass-word-1')]);
});
afterEach(async () => {
  await system?.stop();
  system = undefined;
});
afterAll(async () => {
  for (const gate of Object.values(gates ?? {})) await gate.close();
  await postgres?.stop();
  await world?.close();
  rmSync(folder, { recursive: true, force: true });
});

const secret = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, `${text}\n`);
  return path;
};

/** The settings of an operator. @param trusted the file of the authority that signs every certificate. */
const settings = (trusted = authority.certificate): NodeJS.ProcessEnv => ({
  ...world.environment,
  LOG_LEVEL: 'info',
  NODE_EXTRA_CA_CERTS: trusted,
  DATABASE_URL: '',
  DATABASE_URL_FILE: secret('database-url', postgres.url('localhost', trusted)),
  SCHEMA_REGISTRY_URL: gates.registry.url,
  SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO_FILE: secret('registry', 'registry:pass-word-1'),
  S3_ENDPOINT: gates.s3.url,
  AWS_CA_BUNDLE: trusted,
  ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
  ARCHIVE_OBJECT_AGE_MS: '1000',
  MLFLOW_TRACKING_URI: gates.mlflow.url,
  MLFLOW_TRACKING_USERNAME: 'mirror',
  MLFLOW_TRACKING_PASSWORD_FILE: secret('mlflow', 'pass-word-1'),
  MLFLOW_TRACKING_SERVER_CERT_PATH: trusted,
});

async function start(environment = settings()): Promise<RoleProcess> {
  system = new RoleProcess({
    args: ['serve', '--roles', 'gateway,router,postgres,archive,mlflow'],
    environment,
    port: await freePort(FIRST_PORT),
    logPath: join(folder, 'roles.log'),
  });
  return system;
}

/** Posts a trial; resolves with the status of the answer. */
async function post(process: RoleProcess, trial: string): Promise<number> {
  const about = { model_run_id: `${world.topicPrefix}secure`, trial_id: trial };
  const id = (event: string) => `${trial} ${event}`;
  const events = [
    { ...about, event: 'ml.trial.start', event_id: id('start') },
    { ...about, event: 'ml.trial.complete', event_id: id('complete'), metrics: { loss: 0.5 } },
  ];
  const response = await fetch(`${process.url}/api/events/ml`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
  });
  await response.body?.cancel();
  return response.status;
}

const inPostgres = (trial: string, status: string) =>
  until(`${trial} is in its row`, WAIT_MS, async () => {
    const sql = 'select status from cerebros_model_trials where trial_id = $1';
    return (await postgres.query(sql, [trial])).rows[0]?.status === status;
  });

/** Posts a trial; resolves when it is in Postgres, in the bucket and in MLflow. */
async function deliver(process: RoleProcess, trial: string): Promise<void> {
  const objects = gates.s3.passed;
  await until('the events are accepted', WAIT_MS, async () => (await post(process, trial)) === 202);
  await inPostgres(trial, 'completed');
  await until(`${trial} is in MLflow`, WAIT_MS, async () => {
    const sql = `select 1 from mlflow_links where trial_id = $1 and state = 'linked'`;
    return (await postgres.query(sql, [trial])).rowCount === 1;
  });
  await until('an object is in the bucket', WAIT_MS, () => gates.s3.passed > objects);
}

test('events reach Postgres, the bucket and MLflow over TLS, and renewed certificates and passwords end nothing', async () => {
  const process = await (await start()).ready(WAIT_MS);
  await deliver(process, 'first');
  const { rows } = await postgres.query(
    `select bool_and(ssl) as encrypted, count(*)::int as connections
     from pg_stat_ssl join pg_stat_activity using (pid) where application_name like 'thunderline%'`,
  );
  expect(rows[0]?.encrypted).toBe(true);
  expect(rows[0]?.connections).toBeGreaterThan(0);

  await postgres.rotate(authority.issue('postgres-2', 'localhost', { days: 10 }));
  for (const [name, gate] of Object.entries(gates))
    gate.rotate(authority.issue(`${name}-2`, 'localhost', { days: 10 }));
  await deliver(process, 'renewed');

  expect(await process.stop()).toBe('exit code 0');
});

test('a changed password of Postgres ends no connection, and a start with the new one goes on where the old one ended', async () => {
  await postgres.query(`create role app superuser login password 'pass-word-1'`);
  const url = (password: string): string => postgres.url().replace(/owner:[^@]+/, `app:${password}`);
  const running = await (
    await start({ ...settings(), DATABASE_URL_FILE: secret('app-1', url('pass-word-1')) })
  ).ready();
  await deliver(running, 'old-password');
  await postgres.query(`alter role app password 'pass-word-2'`);
  await deliver(running, 'standing');
  await postgres.query(`select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`);
  await until('the role reports the refused password', WAIT_MS, async () => {
    const [accepted] = await Promise.all([post(running, 'waiting'), running.problems()]);
    return accepted === 202 && (await running.problems()).includes('password authentication failed');
  });
  expect(await running.stop()).toBe('exit code 0');
  const again = await start({ ...settings(), DATABASE_URL_FILE: secret('app-2', url('pass-word-2')) });
  await again.ready(WAIT_MS);
  await inPostgres('waiting', 'completed');
});

describe('the registry admits', () => {
  const check = async (environment: NodeJS.ProcessEnv) => {
    const command = startThunderline({ ...settings(), ...environment }, ['schemas', 'register']);
    const { code, out, err } = await command.ended;
    return { code, text: `${out}${err}` };
  };
  const NO_BASIC = { SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO_FILE: '' };

  test('a user and password', async () => {
    expect(await check({})).toMatchObject({ code: 0 });
    const { refused } = gates.registry;
    gates.registry.admit([basic('registry:pass-word-2')]);
    const old = await check({});
    expect(old.text).toContain('check SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO');
    expect(old.text).not.toContain('pass-word-1');
    expect(old.code).not.toBe(0);
    expect(gates.registry.refused).toBeGreaterThan(refused);
    const file = secret('registry-2', 'registry:pass-word-2');
    expect(await check({ SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO_FILE: file })).toMatchObject({ code: 0 });
  });

  test('a bearer token', async () => {
    gates.registry.admit(['Bearer t0ken']);
    const token = { ...NO_BASIC, SCHEMA_REGISTRY_BEARER_AUTH_TOKEN_FILE: secret('token', 't0ken') };
    expect(await check(token)).toMatchObject({ code: 0 });
    gates.registry.admit(['Bearer another']);
    const old = await check(token);
    expect(old.text).toContain('SCHEMA_REGISTRY_BEARER_AUTH_TOKEN');
    expect(old.text).not.toContain('t0ken');
  });
});

describe('validate reports', () => {
  const PARTS = ['schema registry', 'Postgres', 'S3', 'MLflow'] as const;
  /** The line of each part, as `fail  its cause`. */
  const validate = async (environment: NodeJS.ProcessEnv): Promise<Record<string, string>> => {
    const { out } = await startThunderline(environment, ['validate']).ended;
    const line = (part: string): string => out.split('\n').find((one) => one.trimStart().startsWith(part)) ?? '';
    return Object.fromEntries(PARTS.map((part) => [part, line(part)]));
  };
  const rotate = (name: string, options: CertificateOptions): void => {
    for (const [part, gate] of Object.entries(gates))
      gate.rotate(authority.issue(`${part}-${name}`, 'localhost', options));
  };
  afterEach(() => rotate('valid', {}));

  test('an authority that is not trusted', async () => {
    const lines = await validate(settings(stranger.certificate));
    for (const part of PARTS) expect(lines[part]).toMatch(/fail .*signed by an authority that is not trusted here/);
  });

  test.each([
    ['has expired', { days: -1 }, /fail .*its certificate has expired/],
    ['has another name', { names: 'DNS:other.example' }, /fail .*its certificate does not contain this name/],
  ])('a certificate that %s', async (_, options, sentence) => {
    rotate('wrong', options);
    const lines = await validate(settings());
    for (const part of ['schema registry', 'S3', 'MLflow']) expect(lines[part]).toMatch(sentence);
    expect(lines.Postgres).toMatch(/pass/);
  });

  test('a name that the certificate of Postgres does not contain', async () => {
    await postgres.rotate(authority.issue('postgres-3', 'localhost', { names: 'DNS:localhost' }));
    const url = postgres.url('127.0.0.1');
    const lines = await validate({ ...settings(), DATABASE_URL_FILE: secret('by-address', url) });
    expect(lines.Postgres).toMatch(/fail .*its certificate does not contain this name/);
  });
});
