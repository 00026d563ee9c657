import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KEY_RANDOM_BYTES, mintKey } from '../../src/access/api-key.ts';
import type { Serving } from '../../src/serve.ts';
import { ask, createKeyedWorld, EVENT, type KeyedWorld, post, untilAnswered } from '../access/gateway.ts';

const START_MS = 180_000;

let keyed: KeyedWorld;
let limited: Serving;
let unused: string;

beforeAll(async () => {
  keyed = await createKeyedWorld();
  await keyed.issue(['admin']);
  unused = (await keyed.issue(['read'])).key;
  limited = await keyed.start({
    LIMIT_EVENTS_PER_SECOND: '1',
    LIMIT_BYTES_PER_SECOND: '1000',
    LIMIT_BURST_SECONDS: '60',
    AUTH_FAILURES_PER_MINUTE: '3',
    TRUSTED_PROXIES: '127.0.0.1',
  });
}, START_MS);
afterAll(() => keyed.close());

const events = (count: number) => Array.from({ length: count }, () => EVENT);

describe('the limits of a key', () => {
  test('an accepted request spends the events of its key, and its answer has what remains', async () => {
    const { key } = await keyed.issue(['ingest']);
    const { status, headers } = await post(limited, key, ...events(20));
    expect(status).toBe(202);
    expect(headers.get('ratelimit-policy')).toBe('"events";q=60;w=60, "bytes";q=60000;qu="content-bytes";w=60');
    expect(headers.get('ratelimit')).toMatch(/^"events";r=[45]\d;t=\d+, "bytes";r=5\d{4};t=\d+$/);
  });

  test('a key without allowance is answered 429 with the time to wait, and nothing is stored', async () => {
    const { key } = await keyed.issue(['ingest']);
    expect((await post(limited, key, ...events(200))).status).toBe(202);
    const { status, headers, body } = await post(limited, key, ...events(30));
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect(headers.get('ratelimit')).toMatch(/^"events";r=\d;/);
    expect(body).not.toHaveProperty('event_ids');
  });

  test('a request spends the bytes of its key', async () => {
    const { key } = await keyed.issue(['ingest']);
    const large = { ...EVENT, metadata: { note: 'x'.repeat(50_000) } };
    expect((await post(limited, key, large)).status).toBe(202);
    expect((await post(limited, key, large)).status).toBe(202);
    expect((await post(limited, key, large)).body.detail).toContain('bytes');
  });

  test('malformed bodies spend the allowance, until a request is refused by its head', async () => {
    const { key } = await keyed.issue(['ingest']);
    const malformed = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '['.repeat(70_000) };
    expect((await ask(`${limited.url}/api/events/ml`, key, malformed)).status).toBe(400);
    expect((await ask(`${limited.url}/api/events/ml`, key, malformed)).status).toBe(429);
  });

  test('the answer to a rejected event has what remains too', async () => {
    const { key } = await keyed.issue(['ingest']);
    const { status, headers } = await post(limited, key, { event: 'ml.trial.start' });
    expect(status).toBe(422);
    expect(headers.get('ratelimit')).toMatch(/^"events";r=59;/);
  });

  test('a batch larger than the limit is accepted once', async () => {
    const { key } = await keyed.issue(['ingest']);
    const { status, headers } = await post(limited, key, ...events(200));
    expect(status).toBe(202);
    expect(headers.get('ratelimit')).toContain('"events";r=0;');
    expect((await post(limited, key, EVENT)).status).toBe(429);
  });

  test('two keys have separate allowances', async () => {
    const [one, other] = [await keyed.issue(['ingest']), await keyed.issue(['ingest'])];
    await post(limited, one.key, ...events(200));
    expect((await post(limited, other.key, EVENT)).status).toBe(202);
  });
});

test(
  'a key without limits of its own has the default ones',
  async () => {
    const { key } = await keyed.issue(['ingest']);
    const { headers } = await post(await keyed.start(), key, EVENT);
    expect(headers.get('ratelimit-policy')).toBe('"events";q=200000;w=10, "bytes";q=335544320;qu="content-bytes";w=10');
  },
  START_MS,
);

describe('failed authentications', () => {
  const from = (address: string, key: string) =>
    ask(`${limited.url}/metrics`, key, { headers: { 'x-forwarded-for': address } });

  test('failed authentications of one address are limited, whatever key they try', async () => {
    for (let count = 0; count < 3; count += 1) expect((await from('192.0.2.1', 'wrong')).status).toBe(401);
    const { status, headers, body } = await from('192.0.2.1', 'wrong');
    expect({ status, code: body.code }).toEqual({ status: 429, code: 'rate_limited' });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await from('192.0.2.2', 'wrong')).status).toBe(401);
  });

  test('failed authentications do not keep out a key that no request has used yet', async () => {
    for (let count = 0; count < 4; count += 1) await from('192.0.2.4', 'wrong');
    expect((await from('192.0.2.4', 'wrong')).status).toBe(429);
    expect((await from('192.0.2.4', unused)).status).toBe(200);
  });

  test('failed authentications keep out a new key only until the gateway has read it', async () => {
    for (let count = 0; count < 4; count += 1) await from('192.0.2.5', 'wrong');
    const { key } = await keyed.issue(['read']);
    const guess = mintKey(randomBytes(KEY_RANDOM_BYTES));
    expect((await from('192.0.2.5', guess)).status).toBe(429);
    await untilAnswered(200, () => from('192.0.2.5', key));
  });

  test('failed authentications count for the last address that no trusted proxy wrote', async () => {
    for (let count = 0; count < 3; count += 1) await from('198.51.100.9, 192.0.2.3', 'wrong');
    expect((await from('203.0.113.7, 192.0.2.3', 'wrong')).status).toBe(429);
    expect((await from('198.51.100.9', 'wrong')).status).toBe(401);
  });
});
