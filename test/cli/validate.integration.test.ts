import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { PYTHON, program } from '../bridge/support/python.ts';
import { installTestPython } from '../runner/python.ts';
import { runThunderline, startThunderline } from '../support/thunderline.ts';
import { createWorld, mlflowReady } from '../support/world.ts';

const world = await createWorld();
afterAll(() => world.close());
const mlflowUri = await mlflowReady();

const environment = { ...world.environment, PORT: '4000', CEREBROS_PYTHON: PYTHON };

interface Listed {
  readonly check: string;
  readonly status: string;
  readonly detail: string;
  readonly remedy?: string;
}

async function validate(changes: Readonly<Record<string, string>>, only?: string) {
  const args = ['validate', '--json', ...(only === undefined ? [] : ['--only', only])];
  const { code, out, err } = await startThunderline({ ...environment, ...changes }, args).ended;
  if (out === '') throw new Error(err);
  const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: readonly Listed[] };
  return { code, ok, checks };
}

describe('on a new system', () => {
  test('every check passes or says how to complete the set-up', async () => {
    const { code, ok, checks } = await validate({});
    const statuses = Object.fromEntries(checks.map(({ check, status }) => [check, status]));
    expect(statuses).toMatchObject({
      interpreter: 'pass',
      script: 'pass',
      'dry-call': 'pass',
      'process-control': expect.stringMatching(/^(pass|warn)$/),
      study: expect.stringMatching(/^(pass|warn)$/),
      kafka: 'warn',
      registry: 'pass',
      postgres: 'warn',
      s3: 'pass',
      mlflow: 'pass',
      access: 'warn',
    });
    expect([code, ok]).toEqual([0, true]);
    for (const { status, remedy } of checks) expect(remedy !== undefined).toBe(status !== 'pass');
  });

  test('the remedies lead to a system on which every check of a service passes', async () => {
    await runThunderline(environment, 'topics', '--apply');
    await runThunderline(environment, 'migrate');
    await runThunderline(environment, 'keys', 'create', '--name', 'a', '--scopes', 'ingest');
    const { code, out } = await startThunderline(environment, [
      'validate',
      '--only',
      'kafka,registry,postgres,s3,access',
    ]).ended;
    expect(code).toBe(0);
    expect(out).not.toMatch(/warn|fail/);
    expect(out.match(/ pass /g)).toHaveLength(5);
    expect(out).toMatch(/^ {2}check +result +detail\n/);
  });
});

describe('fails, with the setting to change,', () => {
  test('without an interpreter, Kafka, registry, Postgres, bucket and MLflow, each by itself', async () => {
    const away = {
      CEREBROS_PYTHON: '/nonexistent/python',
      KAFKA_BROKERS: '127.0.0.1:1',
      SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
      DATABASE_URL: 'postgres://127.0.0.1:1/x',
      S3_BUCKET: 'no-such-bucket-here',
      MLFLOW_TRACKING_URI: 'http://127.0.0.1:1',
    };
    const { code, ok, checks } = await validate(away, 'interpreter,kafka,registry,postgres,s3,mlflow');
    const failed = (check: string, detail: string, setting: string) => ({
      check,
      status: 'fail',
      detail: expect.stringContaining(detail),
      remedy: expect.stringContaining(setting),
    });
    expect(checks).toMatchObject([
      failed('interpreter', 'does not exist', 'CEREBROS_PYTHON'),
      failed('kafka', '127.0.0.1:1', 'KAFKA_BROKERS'),
      failed('registry', '127.0.0.1:1', 'SCHEMA_REGISTRY_URL'),
      failed('postgres', 'ECONNREFUSED', 'DATABASE_URL'),
      failed('s3', 'no-such-bucket-here', 'S3_BUCKET'),
      failed('mlflow', '127.0.0.1:1', 'MLFLOW_TRACKING_URI'),
    ]);
    expect([code, ok]).toEqual([1, false]);
  });

  test.each<[string, Readonly<Record<string, string>>, string, string, string]>([
    ['without a script', { CEREBROS_SCRIPT_PATH: '/nonexistent' }, 'script', 'does not exist', 'CEREBROS_SCRIPT_PATH'],
    [
      'on a script that breaks',
      { CEREBROS_SCRIPT_PATH: program('misbehave.py') },
      'dry-call',
      "exception: KeyError: 'trial_id'",
      'docs/bridge-contract.md',
    ],
    [
      'on a script that cannot be kept warm',
      {
        CEREBROS_SCRIPT_PATH: program('warm.py'),
        BRIDGE_MODE: 'warm',
        BRIDGE_ENVIRONMENT: 'WARM_START',
        WARM_START: 'old',
      },
      'dry-call',
      'BRIDGE_MODE=oneshot',
      'docs/bridge-contract.md',
    ],
    ['with too few brokers', { KAFKA_REPLICATION_FACTOR: '3' }, 'kafka', 'too few brokers', 'KAFKA_REPLICATION_FACTOR'],
    ['on a foreign address', { HOST: '192.0.2.1' }, 'access', 'EADDRNOTAVAIL', 'HOST'],
  ])('%s', async (_, changes, only, detail, remedy) => {
    const { code, ok, checks } = await validate(changes, only);
    expect(checks).toHaveLength(1);
    expect(checks[0]).toMatchObject({ check: only, status: 'fail' });
    expect(checks[0]?.detail).toContain(detail);
    expect(checks[0]?.remedy).toContain(remedy);
    expect([code, ok]).toEqual([1, false]);
  });

  test('on an address of the network without a key', async () => {
    const other = await createWorld();
    try {
      const { code, checks } = await validate({ DATABASE_URL: other.databaseUrl, HOST: '0.0.0.0' }, 'access');
      expect(checks[0]).toMatchObject({ status: 'fail', detail: expect.stringContaining('anyone could post events') });
      expect(checks[0]?.remedy).toContain('npx thunderline keys create');
      expect(code).toBe(1);
    } finally {
      await other.close();
    }
  });
});

describe('MLflow', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  /** The address of a server in front of the real MLflow. */
  async function inFront(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const forward =
    (headers: Readonly<Record<string, string>>): RequestListener =>
    (incoming, answer) => {
      const onward = request(`${mlflowUri}${incoming.url}`, {
        method: incoming.method,
        headers: { ...incoming.headers, ...headers },
      });
      onward.on('response', (response) => {
        answer.writeHead(response.statusCode ?? 500, response.headers);
        response.pipe(answer);
      });
      incoming.pipe(onward);
    };

  test('of a version with published holes is a warning', async () => {
    const uri = await inFront((incoming, answer) => {
      if (incoming.url === '/version') answer.end('3.9.0');
      else forward({})(incoming, answer);
    });
    const { code, checks } = await validate({ MLFLOW_TRACKING_URI: uri }, 'mlflow');
    expect(checks[0]).toMatchObject({ status: 'warn', detail: expect.stringContaining('MLflow 3.9.0') });
    expect(checks[0]?.remedy).toContain('3.11');
    expect(code).toBe(0);
  });

  test('that refuses its host name fails, although it states its version', async () => {
    const uri = await inFront(forward({ host: 'mlflow.internal:5000' }));
    const { checks } = await validate({ MLFLOW_TRACKING_URI: uri }, 'mlflow');
    expect(checks[0]).toMatchObject({ status: 'fail' });
  });

  test('may be absent', async () => {
    const { checks } = await validate({ MLFLOW_TRACKING_URI: '' }, 'mlflow');
    expect(checks[0]).toMatchObject({ status: 'pass', detail: expect.stringContaining('not configured') });
  });
});

describe('studies', () => {
  test('need the packages of their interpreter', async () => {
    const complete = await validate({ BRIDGE_STUDY_PYTHON: await installTestPython() }, 'study');
    expect(complete.checks[0]).toMatchObject({ status: 'pass', detail: expect.stringMatching(/^Optuna \d/) });
    // Isolated from the packages of the account, the interpreter of the system has none.
    const folder = mkdtempSync(join(tmpdir(), 'thunderline-bare-'));
    try {
      execFileSync(PYTHON, ['-m', 'venv', '--without-pip', folder]);
      const python = join(folder, 'bin/python');
      const { code, checks } = await validate({ BRIDGE_STUDY_PYTHON: python }, 'study');
      expect(checks[0]).toMatchObject({ status: 'warn', detail: `${python}: No module named 'optuna'` });
      expect(checks[0]?.remedy).toContain('BRIDGE_STUDY_PYTHON');
      expect(code).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('fail without their interpreter', async () => {
    const { checks } = await validate({ BRIDGE_STUDY_PYTHON: '/nonexistent/python' }, 'study');
    expect(checks[0]).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('of BRIDGE_STUDY_PYTHON does not exist'),
    });
  });
});

test('a script that needs most of the time of a trial to start is a warning', async () => {
  const { code, checks } = await validate({ BRIDGE_TIMEOUT_MS: '10' }, 'dry-call');
  expect(checks[0]).toMatchObject({ status: 'warn', detail: expect.stringContaining('has 10 ms for its imports') });
  expect(code).toBe(0);
});

test('an unknown check is refused by name', async () => {
  const { code, err } = await startThunderline(environment, ['validate', '--only', 'kafka,coffee']).ended;
  expect(code).toBe(1);
  expect(err).toContain('expected names of interpreter, script');
});
