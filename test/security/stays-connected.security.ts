import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { addAccess } from '../../src/kafka/admin/access-lists.ts';
import { untilLed } from '../../src/kafka/admin/create-topics.ts';
import { until } from '../support/until.ts';
import { connect } from './harness/connect.ts';
import { type SecureBroker, startSecureBroker } from './harness/secure-broker.ts';
import { startTraffic, type Traffic } from './harness/traffic.ts';

/** Changes at a broker while processes are connected to it. */
const WAIT_MS = 60_000;
const TOPIC = 'traffic';
const FIRST = 'pass-word-1';
const SECOND = 'pass-word-2';

let broker: SecureBroker;

beforeAll(async () => {
  broker = await startSecureBroker({ router: FIRST });
  const admin = broker.client(broker.administrator).admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 1 }], waitForLeaders: false });
  await untilLed(admin, [TOPIC]);
  const right = { principal: 'User:router', resource: 'topic', name: TOPIC, pattern: 'LITERAL' } as const;
  await addAccess(admin, [{ ...right, operation: 'WRITE' }]);
  await admin.disconnect();
});
afterAll(() => broker?.stop());

let traffic: Traffic;
afterEach(() => traffic.stop());

const flows = async (): Promise<void> => {
  const before = traffic.sent;
  await until('records are sent', WAIT_MS, () => traffic.sent > before + 10);
};

test('a password that changes ends no connection, and the next one uses the new text of its file', async () => {
  const path = join(broker.folder, 'password');
  writeFileSync(path, FIRST);
  const settings = broker.user('router', { KAFKA_SASL_PASSWORD: '', KAFKA_SASL_PASSWORD_FILE: path });
  const client = broker.client(settings);
  traffic = await startTraffic(client, TOPIC);
  await broker.setPassword('router', SECOND);
  await flows();
  const refused = client.admin();
  await expect(refused.connect()).rejects.toThrow(/SASL SCRAM SHA512 authentication failed/);
  await refused.disconnect();
  writeFileSync(path, SECOND);
  const admin = client.admin();
  await admin.connect();
  await admin.disconnect();
  await flows();
  expect(traffic.failures).toEqual([]);
  await broker.setPassword('router', FIRST);
});

test('tokens that live 12 s are renewed a few times a minute, and no record fails', async () => {
  const { KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD, ...rest } = broker.user('router');
  broker.identities.issue({ lifeSeconds: 12 });
  const before = broker.identities.issued;
  const client = broker.client({
    ...rest,
    KAFKA_SASL_MECHANISM: 'OAUTHBEARER',
    KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL: broker.identities.url,
    KAFKA_SASL_OAUTHBEARER_CLIENT_ID: 'router',
    KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET: FIRST,
  });
  traffic = await startTraffic(client, TOPIC);
  const startedAt = Date.now();
  await until('the third token is in use', WAIT_MS, () => broker.identities.issued >= before + 3);
  const seconds = (Date.now() - startedAt) / 1_000;
  await flows();
  expect(traffic.failures).toEqual([]);
  // Each is used for four fifths of its life.
  expect(seconds).toBeGreaterThan(2 * 12 * 0.8 - 2);
  broker.identities.issue({ lifeSeconds: 300 });
});

test('a certificate of the broker is renewed, and expires, without a failed record; only new connections see it', async () => {
  const settings = broker.user('router');
  traffic = await startTraffic(broker.client(settings), TOPIC);
  await broker.rotate(broker.authority.issue('shorter', 'localhost', { days: 10 }));
  const { values } = await (await connect(settings)).metrics.certificateExpiry.get();
  expect(Math.round(((values[0]?.value ?? 0) - Date.now() / 1_000) / 86_400)).toBe(10);
  await flows();

  await broker.rotate(broker.authority.issue('expired', 'localhost', { days: -1 }));
  await expect(connect(settings)).rejects.toThrow(/its certificate has expired/);
  await flows();

  await broker.rotate(broker.authority.issue('renewed', 'localhost'));
  await connect(settings);
  await flows();
  expect(traffic.failures).toEqual([]);
});
