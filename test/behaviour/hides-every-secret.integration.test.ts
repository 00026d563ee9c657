import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { issueKey } from '../../src/access/issue-key.ts';
import { connectAccessStore } from '../../src/access/tables/access-store.ts';
import { Address } from '../../src/address.ts';
import { createTokenSource } from '../../src/kafka/connection/token-source.ts';
import { createLog } from '../../src/log.ts';
import { Secret } from '../../src/secret.ts';
import { migrate } from '../../src/store/migrate.ts';
import { PYTHON, program } from '../bridge/support/python.ts';
import { dumpDatabase } from '../support/dump-database.ts';
import { eventually } from '../support/eventually.ts';
import { type PrintingProcess, startPrinting } from '../support/printing-process.ts';
import { query } from '../support/query.ts';
import { type RefusingServer, startRefusingServer } from '../support/refusing-server.ts';
import { secretForms } from '../support/secret-forms.ts';
import { sendRaw } from '../support/send-raw.ts';
import { startThunderline } from '../support/thunderline.ts';
import { createWorld, mlflowReady, type World } from '../support/world.ts';

/*
 * Secrets are planted in every setting that takes one. The processes then work with them, or are refused with them by real
 * servers and by one that repeats what it was sent. None may be found in what they print, answer, store or are started with.
 */

const ROLES = 'gateway,commands,queries,router,postgres,archive,artifacts,observer,mlflow,bridge';
const planted = (name: string): string => `planted:${name}/${randomBytes(12).toString('base64url')}+%`;

let world: World;
let folder: string;
let refusing: RefusingServer;
let mlflow: string;
beforeAll(async () => {
  world = await createWorld();
  folder = mkdtempSync(join(tmpdir(), 'thunderline-secrets-'));
  refusing = await startRefusingServer();
  mlflow = await mlflowReady();
}, 300_000);
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await refusing.close();
  await world.close();
});

const start = (settings: Readonly<Record<string, string>>): Promise<PrintingProcess> =>
  startPrinting({ ...world.environment, LOG_LEVEL: 'debug', ...settings }, ['serve', '--roles', ROLES]);

/** The secrets that occur in a text, by name. */
function found(where: string, secrets: Readonly<Record<string, string>>): string[] {
  return Object.entries(secrets)
    .filter(([, secret]) => secretForms(secret).some((form) => where.includes(form)))
    .map(([name]) => name);
}

const JSON_TYPE = { 'content-type': 'application/json' };
const statusOf = (answer: string): number => Number(answer.slice(0, 3));

test('processes that work with their secrets print, answer and store none of them', async () => {
  const user = `planted_${randomBytes(5).toString('hex')}`;
  const secrets: Record<string, string> = {
    database: planted('database'),
    registry: planted('registry').replaceAll(':', '.'),
    mlflow: planted('mlflow'),
    bucket: String(world.environment.AWS_SECRET_ACCESS_KEY),
    server: new URL(world.databaseUrl).password,
  };
  await migrate(world.databaseUrl);
  await query(world.databaseUrl, `create role ${user} superuser login password '${secrets.database}'`);
  const store = connectAccessStore(world.databaseUrl, createLog('silent'));
  const issued = await issueKey(
    store.keys,
    { name: 'all', scopes: ['ingest', 'read', 'command', 'admin'], runPrefix: '', expiresAt: null },
    'tester@host',
  );
  await store.close();
  const { key } = issued;
  secrets.key = key;
  const databaseUrl = new URL(world.databaseUrl);
  databaseUrl.username = user;
  databaseUrl.password = encodeURIComponent(secrets.database ?? '');
  const registryFile = join(folder, 'registry');
  writeFileSync(registryFile, `user:${secrets.registry}\n`);
  const system = await start({
    DATABASE_URL: databaseUrl.href,
    SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO_FILE: registryFile,
    MLFLOW_TRACKING_URI: mlflow,
    MLFLOW_TRACKING_USERNAME: 'planter',
    MLFLOW_TRACKING_PASSWORD: secrets.mlflow ?? '',
    ARCHIVE_PREFIX: `${world.bucketPrefix}archive`,
    ARTIFACT_PREFIX: `${world.bucketPrefix}artifacts`,
    CEREBROS_PYTHON: PYTHON,
    CEREBROS_SCRIPT_PATH: program('misbehave.py'),
  });
  const answers: string[] = [];
  const ask = async (...asked: Parameters<typeof sendRaw>): Promise<string> => {
    const answer = await sendRaw(...asked);
    answers.push(answer);
    return answer;
  };
  try {
    const { url } = system;
    const bearer = { authorization: `Bearer ${key}` };
    await eventually(async () => statusOf(await sendRaw(`${url}/health/ready`, 'GET', {})) === 200);
    const event = { event: 'ml.run.start', model_run_id: 'secrets', hyperparams: {} };
    expect(
      statusOf(await ask(`${url}/api/events/ml`, 'POST', { ...bearer, ...JSON_TYPE }, JSON.stringify(event))),
    ).toBe(202);
    const trials = JSON.stringify({ trial_id: 'long', hyperparams: { do: 'sleep' } });
    const started = await ask(`${url}/api/runs/secrets/trials`, 'POST', { ...bearer, ...JSON_TYPE }, trials);
    expect(statusOf(started)).toBe(202);

    // Keys where they do not belong, and in requests that are refused for another cause.
    const wrongKey = `${key.slice(0, -1)}${key.endsWith('a') ? 'b' : 'a'}`;
    const headers: Readonly<Record<string, string>>[] = [
      { authorization: `Bearer ${wrongKey}` },
      { authorization: `Bearer ${key} ${key}` },
      { authorization: `Token ${key}` },
      { authorization: `Basic ${Buffer.from(`user:${key}`).toString('base64')}` },
      { authorization: key },
      { ...bearer, [`x-${key.replaceAll('_', '-')}`]: key, expect: key },
      { ...bearer, 'content-encoding': key },
      { ...bearer, 'idempotency-key': `${key} ${key}` },
      { ...bearer, 'x-correlation-id': 'secrets', traceparent: key },
    ];
    for (const given of headers) await ask(`${url}/api/events/ml`, 'POST', { ...JSON_TYPE, ...given }, '{"broken"');
    for (const path of [`/api/${key}`, `/api/runs/secrets?key=${key}`, `/api/live?api_key=${key}`, `/%zz?${key}`]) {
      await ask(`${url}${path}`, 'GET', bearer);
    }
    const signedIn = await ask(`${url}/api/session`, 'POST', { ...JSON_TYPE, origin: url }, JSON.stringify({ key }));
    const [, cookie = '', session = ''] = /"set-cookie":\["([^=]+)=([\w-]+)/.exec(signedIn) ?? [];
    expect(session).toHaveLength(43);
    secrets.session = session;
    // The answer that hands the session out.
    answers.pop();
    for (const value of [session, `${session}x`, `${session}; ${cookie}=${session}`]) {
      await ask(`${url}/api/runs`, 'POST', { ...JSON_TYPE, origin: url, cookie: `${cookie}=${value}` }, '{}');
    }
    await ask(`${url}/api/session`, 'POST', JSON_TYPE, `{"key":"${key}`);
    await ask(`${url}/api/session`, 'POST', JSON_TYPE, JSON.stringify({ key, [key]: 1 }));
    await ask(`${url}/api/session`, 'POST', JSON_TYPE, JSON.stringify({ key: wrongKey }));
    answers.push(await sendRaw(`${url}/metrics`, 'GET', bearer), await sendRaw(`${url}/health/ready`, 'GET', {}));

    // A worker runs, and MLflow and the tables have the run.
    await eventually(() => system.commandLines().includes('misbehave.py'));
    await eventually(async () => (await dumpDatabase(world.databaseUrl)).includes('secrets'));
    const stored = (await dumpDatabase(world.databaseUrl)).replaceAll(wrongKey, '');
    expect(found(stored, secrets)).toEqual([]);
    expect(found(system.commandLines(), secrets)).toEqual([]);
  } finally {
    const { code } = await system.stop();
    expect(code).toBe(0);
    await query(world.databaseUrl, `reassign owned by ${user} to current_user`);
    await query(world.databaseUrl, `drop owned by ${user}`);
    await query(world.databaseUrl, `drop role ${user}`);
  }
  expect(system.printed()).toMatch(/"level":"debug"/);
  expect(found(system.printed(), secrets)).toEqual([]);
  for (const answer of answers) expect([answer, found(answer, secrets)]).toEqual([answer, []]);
});

/** Settings with secrets that a server refuses. */
type Refused = (secrets: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;

const kafka: Refused = ({ kafka: password = '' }) => ({
  KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT',
  KAFKA_SASL_MECHANISM: 'PLAIN',
  KAFKA_SASL_USERNAME: 'planter',
  KAFKA_SASL_PASSWORD_FILE: fileOf(password),
});
const registry: Refused = ({ registry: token = '' }) => ({
  SCHEMA_REGISTRY_URL: refusing.url,
  SCHEMA_REGISTRY_BEARER_AUTH_TOKEN: token,
});
const database: Refused = ({ database: password = '', certificate = '' }) => {
  const url = new URL(world.databaseUrl);
  url.password = encodeURIComponent(password);
  url.searchParams.set('sslpassword', certificate);
  return { DATABASE_URL: url.href };
};
const bucket: Refused = ({ bucket: secret = '', bucketSession = '' }) => ({
  AWS_SECRET_ACCESS_KEY: secret,
  AWS_SESSION_TOKEN: bucketSession,
});
const mirror: Refused = ({ mlflow: token = '' }) => ({
  MLFLOW_TRACKING_URI: refusing.url,
  MLFLOW_TRACKING_TOKEN_FILE: fileOf(token),
});

let files = 0;
function fileOf(secret: string): string {
  files += 1;
  const path = join(folder, `secret-${files}`);
  writeFileSync(path, `${secret}\n`);
  return path;
}

// A role waits for Kafka, then for the registry, then for the others, so that each refusal needs a process of its own.
test.each<[string, readonly Refused[], readonly RegExp[]]>([
  ['Kafka', [kafka, registry, database, mirror], [/Kafka at \S+ answers: .*SASL/, /password authentication failed/]],
  ['the registry', [registry, database, mirror], [/schema registry \S+: refused: /]],
  ['Postgres', [database, mirror], [/Postgres is not available yet/]],
  ['the bucket', [bucket, mirror], [/the bucket \S+ \(S3_BUCKET\) refuses these credentials/]],
  ['MLflow', [mirror], [/MLflow.*refused: /]],
])('processes whose secrets %s refuses print and answer none of them', async (_, refused, problems) => {
  const names = ['kafka', 'database', 'certificate', 'registry', 'mlflow', 'bucket', 'bucketSession'];
  const secrets = Object.fromEntries(names.map((name) => [name, planted(name)]));
  const settings = Object.assign({}, ...refused.map((part) => part(secrets)));
  const system = await start(settings);
  const answers: string[] = [];
  try {
    for (const problem of problems) await eventually(() => problem.test(system.printed()));
    answers.push(system.commandLines());
    // A process ends if the bucket refuses it.
    for (const path of ['/health/ready', '/health/live', '/metrics', '/api/pipeline']) {
      answers.push(await sendRaw(system.url + path, 'GET', {}).catch(() => ''));
    }
    answers.push(await sendRaw(`${system.url}/api/events/ml`, 'POST', JSON_TYPE, '{}').catch(() => ''));
    for (const command of [['validate'], ['keys', 'list'], ['retention'], ['mlflow', 'sync', '--run', 'r']]) {
      const { out, err } = await startThunderline({ ...world.environment, ...settings }, command).ended;
      answers.push(`${command.join(' ')}: ${out} ${err}`);
    }
  } finally {
    await system.stop();
  }
  expect(found(system.printed(), secrets)).toEqual([]);
  for (const answer of answers) expect([answer, found(answer, secrets)]).toEqual([answer, []]);
});

test('an endpoint that refuses the client of tokens gets its secret into no error', async () => {
  const secret = planted('client');
  const settings = { clientId: 'planter', clientSecret: new Secret(() => secret), scope: undefined };
  const token = createTokenSource({ ...settings, endpoint: new Address(`${refusing.url}/token`) });
  const error: Error = await token().then(
    () => new Error('a token'),
    (refusal: Error) => refusal,
  );
  expect(error.message).toMatch(/no token for Kafka from \S+: it answers 401/);
  expect(found(inspect(error, { depth: 9, showHidden: true }), { secret })).toEqual([]);
});
