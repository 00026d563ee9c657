import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Serving } from '../../src/serve.ts';
import { createKeyedWorld, EVENT, type KeyedWorld, post, untilAnswered } from '../access/gateway.ts';

const START_MS = 180_000;

let keyed: KeyedWorld;
let gateway: Serving;

beforeAll(async () => {
  keyed = await createKeyedWorld();
  // A gateway without any key admits every request.
  await keyed.issue(['ingest']);
  gateway = await keyed.start({ AUTH_FAILURES_PER_MINUTE: '1000' });
}, START_MS);
afterAll(() => keyed.close());

describe('a key', () => {
  test.each([
    ['Basic dXNlcjpwYXNz', 'not an API key'],
    ['Bearer ', 'not an API key'],
    ['Bearer secret', 'not an API key'],
    ['Bearer tlk_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'not an API key'],
  ])('"%s" is not accepted as a key', async (authorization, detail) => {
    const { status, body, headers } = await post(gateway, authorization, EVENT);
    expect({ status, code: body.code }).toEqual({ status: 401, code: 'unauthorized' });
    expect(body.detail).toContain(detail);
    expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
  });

  test('the scheme "Bearer" may be written in any case', async () => {
    const { key } = await keyed.issue(['ingest']);
    expect((await post(gateway, `bearer ${key}`, EVENT)).status).toBe(202);
  });

  test('a key that is created while the gateway runs works at once', async () => {
    const { key } = await keyed.issue(['ingest']);
    expect((await post(gateway, key, EVENT)).status).toBe(202);
  });

  test('a revoked key is refused, and another one is not', async () => {
    const [one, other] = [await keyed.issue(['ingest']), await keyed.issue(['ingest'])];
    await keyed.keys.revoke(other.id, 'tester');
    expect((await post(gateway, other.key, EVENT)).body.detail).toBe('this API key was revoked');
    expect((await post(gateway, one.key, EVENT)).status).toBe(202);
  });

  test('a revoked key is refused within 10 s', async () => {
    const { id, key } = await keyed.issue(['ingest']);
    expect((await post(gateway, key, EVENT)).status).toBe(202);
    await keyed.keys.revoke(id, 'tester');
    const revokedAt = performance.now();
    const { body } = await untilAnswered(401, () => post(gateway, key, EVENT));
    expect(body.detail).toBe('this API key was revoked');
    expect(performance.now() - revokedAt).toBeLessThan(10_000);
  });

  test('a key is refused from the moment that it expires', async () => {
    const expiresAt = Date.now() + 10_000;
    const { key } = await keyed.issue(['ingest'], { expiresAt });
    expect((await post(gateway, key, EVENT)).status).toBe(202);
    const { body } = await untilAnswered(401, () => post(gateway, key, EVENT));
    expect(body.detail).toBe('this API key has expired');
    expect(Date.now()).toBeGreaterThanOrEqual(expiresAt);
  });

  test('an answer never contains the key', async () => {
    const { key } = await keyed.issue(['read']);
    const { body, headers } = await post(gateway, key, EVENT);
    expect(JSON.stringify([body, [...headers]])).not.toContain(key.slice(-39));
  });
});
