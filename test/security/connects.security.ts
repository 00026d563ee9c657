import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { secretForms } from '../support/secret-forms.ts';
import { until } from '../support/until.ts';
import { Authority, type Certificate } from './harness/authority.ts';
import { connect } from './harness/connect.ts';
import { type SecureBroker, startSecureBroker } from './harness/secure-broker.ts';

const PASSWORD = 'pass-word-1';
let broker: SecureBroker;
let stranger: Authority;
let own: Certificate;

beforeAll(async () => {
  broker = await startSecureBroker({ router: PASSWORD, gateway: PASSWORD });
  stranger = new Authority(broker.folder, 'other-ca');
  own = broker.authority.issue('router', 'router');
});
afterAll(() => broker?.stop());

const WAIT_MS = 30_000;
/** The sentence with which a connection fails; empty if it does not. */
const failure = (settings: Readonly<Record<string, string>>): Promise<string> =>
  connect(settings).then(
    () => '',
    (error: Error) => error.message,
  );

const oauth = (settings: Readonly<Record<string, string>> = {}) => {
  const { KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, ...rest } = broker.user('router');
  return {
    ...rest,
    KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
    KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: broker.identities.url,
    KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'router',
    KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: PASSWORD,
    ...settings,
  };
};

describe('a process connects by', () => {
  test.each(['SCRAM-SHA-256', 'SCRAM-SHA-512', 'PLAIN'])('%s', async (mechanism) => {
    const { brokers, metrics } = await connect(broker.user('router', { KAFKA_SASL_MECHANISM: mechanism }));
    expect(brokers).toBe(1);
    const { values } = await metrics.certificateExpiry.get();
    expect(values).toMatchObject([{ labels: { what: 'kafka_broker' } }]);
    const days = ((values[0]?.value ?? 0) - Date.now() / 1_000) / 86_400;
    expect(Math.round(days)).toBe(30);
  });

  test('OAUTHBEARER', async () => {
    expect((await connect(oauth())).brokers).toBe(1);
  });

  test('a certificate (mTLS)', async () => {
    expect((await connect(broker.holder(own))).brokers).toBe(1);
  });

  test('a password in a file', async () => {
    const path = join(broker.folder, 'password');
    writeFileSync(path, `${PASSWORD}\n`);
    const settings = { KAFKA_SASL_PASSWORD: '', KAFKA_SASL_PASSWORD_FILE: path };
    expect((await connect(broker.user('router', settings))).brokers).toBe(1);
  });
});

describe('no secret is in the log of a connection that is refused by', () => {
  const secret = 'planted-secret/1+%';
  test.each<[string, () => Readonly<Record<string, string>>]>([
    ['PLAIN', () => broker.user('router', { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_PASSWORD: secret })],
    ['SCRAM-SHA-512', () => broker.user('router', { KAFKA_SASL_PASSWORD: secret })],
    ['OAUTHBEARER', () => oauth({ KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: secret })],
  ])('%s', async (_, settings) => {
    const lines: string[] = [];
    // Without the secrets of the settings to search for: it must not get there in the first place.
    const error: Error = await connect(settings(), (line) => void lines.push(line)).then(
      () => new Error('connected'),
      (refused: Error) => refused,
    );
    expect(error.message).toMatch(/does not admit|no token for Kafka/);
    const said = `${lines.join('')} ${inspect(error, { depth: 9, showHidden: true })}`;
    expect(lines.length).toBeGreaterThan(0);
    expect(secretForms(secret).filter((form) => said.includes(form))).toEqual([]);
  });
});

describe('an error says what to change:', () => {
  test.each<[string, () => Readonly<Record<string, string>>, RegExp]>([
    [
      'a wrong password',
      () => broker.user('router', { KAFKA_SASL_PASSWORD: 'wrong' }),
      /does not admit User:router: check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD/,
    ],
    [
      'a wrong password of PLAIN',
      () => broker.user('router', { KAFKA_SASL_PASSWORD: 'wrong', KAFKA_SASL_MECHANISM: 'PLAIN' }),
      /does not admit User:router: check KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD/,
    ],
    ['an unknown user', () => broker.user('nobody'), /does not admit User:nobody: check KAFKA_SASL_USERNAME/],
    [
      'an authority that is not trusted',
      () => broker.user('router', { KAFKA_SSL_CA_LOCATION: stranger.certificate }),
      /signed by an authority that is not trusted here; check KAFKA_SSL_CA_LOCATION/,
    ],
    [
      'no certificate where one is required',
      () => ({ ...broker.holder(own), KAFKA_SSL_CERTIFICATE_LOCATION: '', KAFKA_SSL_KEY_LOCATION: '' }),
      /requires a certificate of this process.*KAFKA_SSL_CERTIFICATE_LOCATION/,
    ],
    [
      'a certificate of another authority',
      () => broker.holder(stranger.issue('stranger', 'router')),
      /certificate of this process.*KAFKA_SSL_CERTIFICATE_LOCATION/,
    ],
    [
      'no encryption',
      () => ({ KAFKA_BROKERS: `localhost:${broker.saslPort}` }),
      /KAFKA_SECURITY_PROTOCOL \(PLAINTEXT\) is not that of this listener/,
    ],
    [
      'encryption without SASL',
      () => ({ ...broker.holder(own), KAFKA_BROKERS: `localhost:${broker.saslPort}` }),
      /KAFKA_SECURITY_PROTOCOL (?:\(SSL\) is not that of this listener|is SSL)/,
    ],
    [
      'a wrong secret of the client of tokens',
      () => oauth({ KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: 'wrong' }),
      /no token for Kafka from .*: it answers 401: check KAFKA_SASL_OAUTHBEARER_CLIENT_ID/,
    ],
    [
      'a token endpoint that is unavailable',
      () => oauth({ KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: 'http://127.0.0.1:9/token' }),
      /no token for Kafka from http:\/\/127\.0\.0\.1:9\/token/,
    ],
  ])('%s', async (_, settings, message) => {
    await expect(connect(settings())).rejects.toThrow(message);
  });

  test('a token for another audience', async () => {
    broker.identities.issue({ audience: 'other' });
    try {
      await expect(connect(oauth())).rejects.toThrow(
        /does not admit the owner of the token of router: check KAFKA_SASL_OAUTHBEARER_SCOPE, and the audience/,
      );
    } finally {
      broker.identities.issue({ audience: 'kafka' });
    }
  });

  test.each<[string, () => Certificate, RegExp]>([
    [
      'a certificate of the broker for another name',
      () => broker.authority.issue('renamed', 'other', { names: 'DNS:other.example' }),
      /does not contain this name/,
    ],
    [
      'a certificate of the broker that has expired',
      () => broker.authority.issue('expired', 'localhost', { days: -1 }),
      /its certificate has expired/,
    ],
  ])('%s', async (_, certificate, message) => {
    await broker.rotate(certificate());
    try {
      // The threads of the broker take a changed certificate one after the other.
      await until(String(message), WAIT_MS, async () => message.test(await failure(broker.user('router'))));
    } finally {
      await broker.rotate(broker.authority.issue('renewed', 'localhost'));
    }
    expect((await connect(broker.user('router'))).brokers).toBe(1);
  });
});

test('a certificate and a key that do not belong together are refused before any connection', async () => {
  const { key } = broker.authority.issue('second', 'router');
  await expect(connect(broker.holder({ ...own, key }))).rejects.toThrow(
    'KAFKA_SSL_KEY_LOCATION: the key does not belong to the certificate of KAFKA_SSL_CERTIFICATE_LOCATION',
  );
});

test('a certificate of this process that has expired is refused before any connection', async () => {
  const expired = broker.authority.issue('old', 'router', { days: -1 });
  await expect(connect(broker.holder(expired))).rejects.toThrow(
    /KAFKA_SSL_CERTIFICATE_LOCATION: the certificate expired on .*: replace the file/,
  );
});

test('a client uses the certificate that its file has at each new connection', async () => {
  const late = stranger.issue('late', 'router');
  const client = broker.client(broker.holder(late));
  const refused = client.admin();
  await expect(refused.connect()).rejects.toThrow();
  await refused.disconnect();
  const valid = broker.authority.issue('in-time', 'router');
  copyFileSync(valid.certificate, late.certificate);
  copyFileSync(valid.key, late.key);
  const admin = client.admin();
  await admin.connect();
  await admin.disconnect();
});
