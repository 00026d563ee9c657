import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { loadConfig } from '../src/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'thunderline-problems-'));
afterAll(() => rmSync(folder, { recursive: true }));
const text = join(folder, 'text.pem');
writeFileSync(text, 'no certificate');

const SASL = { KAFKA_SECURITY_PROTOCOL: 'SASL_SSL', KAFKA_BROKERS: 'kafka.example:9092' };
const USER = { KAFKA_SASL_USERNAME: 'router', KAFKA_SASL_PASSWORD: 's3cret' };
const TOKEN = {
  KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'https://idp.example/token',
  KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'router',
  KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 's3cret',
};
const PLAIN = { ...SASL, KAFKA_SASL_MECHANISM: 'PLAIN', ...USER };
const OAUTH = { ...SASL, KAFKA_SASL_MECHANISM: 'OAUTHBEARER', ...TOKEN };
const ELSEWHERE = 'postgres://thunderline@db.example/thunderline';
const ROOT = `sslrootcert=${text}`;

type Settings = Readonly<Record<string, string>>;

test.each<[string, Settings]>([
  ['nothing', {}],
  ['SCRAM', { ...SASL, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-256', ...USER }],
  ['PLAIN', PLAIN],
  ['OAUTHBEARER', OAUTH],
  ['TLS without a certificate', { KAFKA_SECURITY_PROTOCOL: 'SSL' }],
  [
    'PLAIN without encryption on this machine',
    { ...PLAIN, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_BROKERS: '[::1]:1' },
  ],
  [
    'SCRAM without encryption',
    { ...PLAIN, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT', KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' },
  ],
  [
    'a token endpoint on this machine',
    { ...OAUTH, KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'http://127.0.0.1:1/token' },
  ],
  ['a database on this machine', { DATABASE_URL: 'postgres://a@localhost/b' }],
  ['a database behind a socket file', { DATABASE_URL: 'postgres:///b?host=/run/postgresql' }],
  ['a database with verify-full', { DATABASE_URL: `${ELSEWHERE}?sslmode=verify-full&${ROOT}` }],
  ['a database with an authority of Node', { DATABASE_URL: `${ELSEWHERE}?sslmode=verify-full` }],
  ['a database without encryption, on purpose', { DATABASE_URL: `${ELSEWHERE}?sslmode=disable` }],
])('%s is accepted', (_, settings) => {
  expect(() => loadConfig(settings)).not.toThrow();
});

test.each<[Settings, string]>([
  [SASL, 'KAFKA_SASL_MECHANISM is required by KAFKA_SECURITY_PROTOCOL=SASL_SSL: set it'],
  [
    { ...SASL, KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512' },
    'KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD: required by KAFKA_SASL_MECHANISM=SCRAM-SHA-512',
  ],
  [{ ...SASL, KAFKA_SASL_MECHANISM: 'GSSAPI' }, 'KAFKA_SASL_MECHANISM: expected one of PLAIN, SCRAM-SHA-256'],
  [USER, 'set that to SASL_SSL, or remove them'],
  [{ ...PLAIN, ...TOKEN }, 'not used by KAFKA_SASL_MECHANISM=PLAIN; remove them'],
  [{ ...OAUTH, KAFKA_SASL_USERNAME: 'a' }, 'KAFKA_SASL_USERNAME: not used by KAFKA_SASL_MECHANISM=OAUTHBEARER'],
  [{ ...PLAIN, KAFKA_SECURITY_PROTOCOL: 'SASL_PLAINTEXT' }, 'PLAIN would send its secret unencrypted'],
  [{ ...OAUTH, KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'http://idp.example/token' }, 'use https://'],
  [{ KAFKA_SSL_CA_LOCATION: text }, 'KAFKA_SSL_CA_LOCATION: not used with KAFKA_SECURITY_PROTOCOL=PLAINTEXT'],
  [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_KEY_LOCATION: text }, 'need each other: set both or neither'],
  [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA_LOCATION: '/absent' }, 'KAFKA_SSL_CA_LOCATION: ENOENT'],
  [{ KAFKA_SECURITY_PROTOCOL: 'SSL', KAFKA_SSL_CA_LOCATION: text }, 'the file contains no certificate in PEM format'],
  [
    { SCHEMA_REGISTRY_BEARER_AUTH_TOKEN: 'a', SCHEMA_REGISTRY_BASIC_AUTH_USER_INFO: 'a:b' },
    'exclude each other: set one of them',
  ],
  [{ DATABASE_URL: ELSEWHERE }, 'would not be encrypted: add ?sslmode=verify-full&sslrootcert=FILE'],
  [{ DATABASE_URL: `${ELSEWHERE}?sslmode=require` }, 'sslmode=require does not prove that db.example is the server'],
  [{ DATABASE_URL: `${ELSEWHERE}?sslmode=no-verify` }, 'sslmode=no-verify does not prove'],
  [{ DATABASE_URL: `${ELSEWHERE}?sslmode=require&${ROOT}` }, 'sslrootcert has no effect without sslmode=verify-full'],
  [{ DATABASE_URL: `${ELSEWHERE}?sslmode=verify-full&sslrootcert=/absent` }, 'sslrootcert: ENOENT'],
  [{ DATABASE_URL: 'postgres://a@localhost/b?host=db.example' }, 'the connection to db.example would not be encrypted'],
  [{ AWS_ACCESS_KEY_ID: 'a' }, 'AWS_SECRET_ACCESS_KEY (or AWS_SECRET_ACCESS_KEY_FILE) need each other'],
  [{ AWS_SECRET_ACCESS_KEY: 's3cret' }, 'need each other: set both or neither'],
  [{ AWS_SESSION_TOKEN: 's3cret' }, 'AWS_SESSION_TOKEN belongs to AWS_ACCESS_KEY_ID'],
])('%j is an error that says what to change', (settings, message) => {
  const read = () => loadConfig(settings);
  expect(read).toThrow(message);
  expect(read).not.toThrow(/s3cret/);
});
