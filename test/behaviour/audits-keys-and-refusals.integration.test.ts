import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Serving } from '../../src/serve.ts';
import { ask, createKeyedWorld, EVENT, type KeyedWorld, post } from '../access/gateway.ts';
import { eventually } from '../support/eventually.ts';

const TIMEOUT_MS = 180_000;

let keyed: KeyedWorld;
let gateway: Serving;

beforeAll(async () => {
  keyed = await createKeyedWorld();
  await keyed.issue(['admin']);
  gateway = await keyed.start({ TRUSTED_PROXIES: '127.0.0.1' });
}, TIMEOUT_MS);
afterAll(() => keyed.close());

const from = (address: string, key: string) =>
  ask(`${gateway.url}/metrics`, key, { headers: { 'x-forwarded-for': address } });

const entriesOf = async (keyId: string, action: string) =>
  (await keyed.store.audit.list({ keyId, limit: 100 })).filter((entry) => entry.action === action);

test('creating and revoking a key are entries with the person who did it', async () => {
  const { id } = await keyed.issue(['read'], { name: 'on call', runPrefix: 'team-a/' });
  await keyed.keys.revoke(id, 'someone@host');
  expect(await keyed.store.audit.list({ keyId: id, limit: 10 })).toMatchObject([
    { action: 'key_revoked', keyName: 'on call', actor: 'someone@host' },
    {
      action: 'key_created',
      keyName: 'on call',
      actor: 'tester@host',
      details: { scopes: ['read'], run_prefix: 'team-a/', expires_at: null },
    },
  ]);
  expect(await keyed.keys.revoke(id, 'someone@host')).toBe(false);
  expect(await entriesOf(id, 'key_revoked')).toHaveLength(1);
});

test(
  'the first use of a key from each network is one entry, also over a restart',
  async () => {
    const { id, key } = await keyed.issue(['read']);
    for (const address of ['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::2', '192.0.2.1'])
      await from(address, key);
    await eventually(async () => (await entriesOf(id, 'key_first_used')).length === 2);
    const other = await keyed.start({ TRUSTED_PROXIES: '127.0.0.1' });
    await ask(`${other.url}/metrics`, key, { headers: { 'x-forwarded-for': '192.0.2.1' } });
    await ask(`${other.url}/metrics`, key, { headers: { 'x-forwarded-for': '192.0.2.3' } });
    await other.stop();
    const addresses = (await entriesOf(id, 'key_first_used')).map(({ address }) => address);
    expect(addresses.sort()).toEqual(['192.0.2.1', '192.0.2.3', '2001:db8:0:0::/64']);
  },
  TIMEOUT_MS,
);

test(
  'the last use of a key is stored, at the stop at the latest',
  async () => {
    const { id, key } = await keyed.issue(['ingest']);
    const other = await keyed.start();
    const before = Date.now();
    await post(other, key, EVENT);
    await other.stop();
    const lastUsedAt = (await keyed.keys.find([id]))[0]?.lastUsedAt ?? 0;
    expect(lastUsedAt).toBeGreaterThanOrEqual(before);
    expect(lastUsedAt).toBeLessThanOrEqual(Date.now());
  },
  TIMEOUT_MS,
);

test(
  'refusals are entries with their count, and name a key only if its secret was right',
  async () => {
    const { id, key } = await keyed.issue(['ingest']);
    const other = await keyed.start({ TRUSTED_PROXIES: '127.0.0.1' });
    const metrics = (given: string) =>
      ask(`${other.url}/metrics`, given, { headers: { 'x-forwarded-for': '198.51.100.9' } });
    for (let count = 0; count < 5; count += 1) expect((await metrics(key)).status).toBe(403);
    for (let count = 0; count < 3; count += 1) expect((await metrics('wrong')).status).toBe(401);
    await other.stop();
    const details = (await entriesOf(id, 'refused')).map((entry) => entry.details);
    expect(details).toEqual([
      { code: 'forbidden', count: 4 },
      { code: 'forbidden', count: 1 },
    ]);
    const ofAddress = (await keyed.store.audit.list({ limit: 1_000 })).filter(
      ({ address, keyId }) => address === '198.51.100.9' && keyId === undefined,
    );
    expect(ofAddress.map((entry) => entry.details)).toEqual([
      { code: 'unauthorized', count: 2 },
      { code: 'unauthorized', count: 1 },
    ]);
  },
  TIMEOUT_MS,
);

test('entries older than the retention are deleted', async () => {
  const at = Date.now() - 500 * 86_400_000;
  await keyed.store.audit.append([{ at, action: 'refused', details: { code: 'forbidden', count: 1 } }]);
  const other = await keyed.start();
  await eventually(async () => (await keyed.store.audit.list({ limit: 1_000 })).every((entry) => entry.at !== at));
  await other.stop();
  expect(await keyed.store.audit.list({ limit: 1_000 })).not.toHaveLength(0);
});
