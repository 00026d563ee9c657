import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadConfig, OPTIONS, redactOf } from '../src/config.ts';
import { UsageError } from '../src/errors.ts';
import { integer, type OptionGroup, option, text, uniqueVariables } from '../src/option.ts';

const SETTINGS = Object.values<OptionGroup>(OPTIONS).flatMap((group) => Object.values(group));
const VARIABLES = SETTINGS.map(({ variable }) => variable);

const folder = mkdtempSync(join(tmpdir(), 'thunderline-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SASL = {
  KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
  KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
  KAFKA_SASL_USERNAME: 'router',
  KAFKA_SASL_PASSWORD: 's3cret',
};

describe('loadConfig', () => {
  test('reads every option into its group', () => {
    const config = loadConfig({ KAFKA_BROKERS: 'a:1, b:2', DATABASE_POOL_SIZE: '3', S3_ENDPOINT: '' });
    expect(config.kafka.brokers).toEqual(['a:1', 'b:2']);
    expect(config.postgres.poolSize).toBe(3);
    expect(config.s3.endpoint).toBeUndefined();
    for (const [name, group] of Object.entries<OptionGroup>(OPTIONS)) {
      expect(Object.keys(config[name as keyof typeof config])).toEqual(Object.keys(group));
    }
  });

  test('names every variable it cannot read, and prints no secret', () => {
    const read = () => loadConfig({ PORT: 'x', CHUNK_RECORDS: '0', DATABASE_URL: 'mysql://user:secret@host' });
    expect(read).toThrow(UsageError);
    for (const variable of ['PORT', 'CHUNK_RECORDS', 'DATABASE_URL']) expect(read).toThrow(`${variable}: expected`);
    expect(read).not.toThrow(/secret/);
  });
});

describe('a password in an address', () => {
  const SECRETS = {
    DATABASE_URL: 'postgres://user:s3cret@db/name?sslmode=verify-full&sslpassword=s3cret',
    SCHEMA_REGISTRY_URL: 'http://user:s3cret@registry:8081',
    SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO: 'user:s3cret',
  };

  test('is not printed with the settings, and reaches the libraries that connect', () => {
    const { postgres, registry } = loadConfig(SECRETS);
    for (const printed of [inspect({ postgres, registry }), JSON.stringify({ postgres, registry })]) {
      expect(printed).not.toContain('s3cret');
    }
    expect(`${postgres.url} ${registry.url}`).toBe('postgres://db/name http://registry:8081/');
    expect(postgres.url.reveal()).toBe(SECRETS.DATABASE_URL);
    expect(registry.userInfo?.password).toBe('s3cret');
  });

  test('is not printed with the value of any setting that holds one', () => {
    const text = 'http://user:s3cret@host';
    for (const { variable, read, secret } of SETTINGS) {
      if (!secret) continue;
      const value = read(variable === 'DATABASE_URL' ? text.replace('http', 'postgres') : text, () => text);
      expect(`${variable}: ${inspect(value)} ${JSON.stringify({ value })} ${value}`).not.toContain('s3cret');
    }
  });

  test('is hidden in any text, in every form in which it travels, and after its file has changed', () => {
    const path = join(folder, 'changing');
    writeFileSync(path, 'first-passw0rd');
    const { kafka, redact } = loadConfig({
      ...SASL,
      KAFKA_SASL_PASSWORD: '',
      KAFKA_SASL_PASSWORD_FILE: path,
      DATABASE_URL: 'postgres://me:d%40tab%2Fase@localhost/c?sslpassword=certific%40te',
      MLFLOW_TRACKING_URI: 'http://you:tr%40cking-uri@localhost',
      SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO: 'we:registry-"one',
      AWS_ACCESS_KEY_ID: 'bucket-id',
      AWS_SECRET_ACCESS_KEY: 'bucket/key+1234',
    });
    writeFileSync(path, 'second-passw0rd');
    kafka.saslPassword?.reveal();
    const secrets = {
      router: ['first-passw0rd', 'second-passw0rd'],
      me: ['d@tab/ase'],
      '': ['certific@te', 'bucket/key+1234'],
      you: ['tr@cking-uri'],
      we: ['registry-"one'],
    };
    for (const [user, list] of Object.entries(secrets)) {
      for (const secret of list) {
        const forms = [secret, `${user}:${secret}`, `\0${user}\0${secret}`].flatMap((text) => [
          Buffer.from(text).toString('base64'),
          Buffer.from(text).toString('base64url'),
        ]);
        for (const form of [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), ...forms]) {
          expect(redact(`before ${form} after`)).toMatch(/^before \S*\*\*\*\S{0,2} after$/);
        }
      }
    }
  });

  test('that is also the name of a user, a database or a bucket hides no word of the log', () => {
    const { redact } = loadConfig({
      DATABASE_URL: 'postgres://thunderline:thunderline@localhost/thunderline',
      AWS_ACCESS_KEY_ID: 'bucket-id',
      AWS_SECRET_ACCESS_KEY: 'thunderline',
    });
    expect(redact('thunderline is ready')).toBe('thunderline is ready');
    expect(redact('postgres://thunderline:thunderline@localhost/x')).toBe('postgres://***@localhost/x');
  });

  test('is hidden in the headers of the exporter of spans', () => {
    const { redact } = loadConfig({ OTEL_EXPORTER_OTLP_HEADERS: 'a=b, authorization=Api-Token%20s3cret-k3y' });
    expect(redact('Api-Token s3cret-k3y, a=b')).toBe('***, a=b');
  });

  test('is hidden where the settings cannot be read', () => {
    const redact = redactOf({ PORT: 'x', AWS_SECRET_ACCESS_KEY: 's3cret-k3y', MLFLOW_TRACKING_TOKEN_FILE: '/absent' });
    expect(redact('a s3cret-k3y')).toBe('a ***');
  });

  test.each([
    ['SCHEMA_REGISTRY_URL', 'ftp://user:s3cret@host', 'http://'],
    ['SCHEMA_REGISTRY_URL', 'http//user:s3cret@host', 'http://'],
    ['SCHEMA_REGISTRY_URL', 'http://us er:s3@cret@host:x', 'http://'],
    ['SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO', 's3cret', 'expected user:password'],
    ['S3_ENDPOINT', 'http://user:s3cret@host', 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'],
    ['DATABASE_URL', 'mysql://user:s3cret@host', 'postgres://'],
    ['KAFKA_BROKERS', 'user:s3cret@host:9092', 'expected host:port'],
    ['KAFKA_BROKERS', 'a:1, SASL_SSL://user:s3cret@b:2', 'expected host:port'],
    ['PORT', 'http://user:s3cret@host', 'expected an integer'],
  ])('%s=%s is an error that names the variable and the remedy, without the password', (variable, value, remedy) => {
    const read = () => loadConfig({ [variable]: value });
    expect(read).toThrow(`${variable}: `);
    expect(read).toThrow(remedy);
    expect(read).not.toThrow(/s3|cret@/);
  });
});

describe('a secret in a file', () => {
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  test('is read without the line break at its end, and its name is in no list of settings', () => {
    const path = file('token', 's3cret\n');
    expect(loadConfig({ MLFLOW_TRACKING_TOKEN_FILE: path }).mlflow.token?.reveal()).toBe('s3cret');
    expect(loadConfig({ DATABASE_URL_FILE: file('url', 'postgres://a:b@localhost/c') }).postgres.url.reveal()).toBe(
      'postgres://a:b@localhost/c',
    );
  });

  test('can be given for every secret', () => {
    const secrets = SETTINGS.filter((one) => one.secret);
    expect(secrets.length).toBeGreaterThan(8);
    for (const { variable } of secrets) {
      expect(() => loadConfig({ [`${variable}_FILE`]: '/absent' })).toThrow(`${variable}_FILE: ENOENT`);
    }
  });

  test('is read again at each use by an option that is made for it, and keeps the last text while the file is missing', () => {
    const path = file('password', 'first');
    const { saslPassword } = loadConfig({ ...SASL, KAFKA_SASL_PASSWORD: '', KAFKA_SASL_PASSWORD_FILE: path }).kafka;
    expect(saslPassword?.reveal()).toBe('first');
    writeFileSync(path, 'second\n');
    expect(saslPassword?.reveal()).toBe('second');
    rmSync(path);
    expect(saslPassword?.reveal()).toBe('second');
    expect(`${saslPassword} ${inspect(saslPassword)} ${JSON.stringify({ saslPassword })}`).not.toContain('second');
  });

  test.each<[string, Readonly<Record<string, string>>, string]>([
    [
      'is given twice',
      { MLFLOW_TRACKING_TOKEN: 'a', MLFLOW_TRACKING_TOKEN_FILE: '/x' },
      'are both set: keep one of them',
    ],
    ['is empty', { MLFLOW_TRACKING_TOKEN_FILE: file('empty', '\n') }, 'is empty'],
    ['is large', { MLFLOW_TRACKING_TOKEN_FILE: file('large', 'x'.repeat(70_000)) }, 'has 70000 bytes'],
  ])('is an error if it %s', (_, settings, message) => {
    expect(() => loadConfig(settings)).toThrow(message);
  });
});

test.each([
  ['a:1, b:2', ['a:1', 'b:2']],
  ['[::1]:9092', ['[::1]:9092']],
])('KAFKA_BROKERS=%s is read', (value, brokers) => {
  expect(loadConfig({ KAFKA_BROKERS: value }).kafka.brokers).toEqual(brokers);
});

test.each([['a'], ['a:'], ['::1:9092x'], [','], ['kafka://a:1']])('KAFKA_BROKERS=%s is an error', (value) => {
  expect(() => loadConfig({ KAFKA_BROKERS: value })).toThrow(`expected host:port, or several separated by commas`);
});

test('no two options read the same variable', () => {
  expect(VARIABLES.toSorted()).toEqual([...new Set(VARIABLES)].toSorted());
});

test('two options that read the same variable do not compile', () => {
  const port = option('PORT', integer(0), '1', 'A port.');
  uniqueVariables({ one: { port }, other: { host: option('HOST', text, '', 'A host.') } });
  // @ts-expect-error PORT is read in two groups
  uniqueVariables({ one: { port }, other: { again: option('PORT', text, '', 'The same port.') } });
  // @ts-expect-error PORT is read twice in one group
  uniqueVariables({ one: { port, again: option('PORT', text, '', 'The same port.') } });
});
