import { afterEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { METRIC, post, startGateway, type TestGateway } from '../http/gateway.ts';

const ORIGIN = 'https://charts.example';

let gateway: TestGateway;
afterEach(() => gateway.close());

const preflight = (origin: string): Promise<Response> =>
  fetch(`${gateway.url}/api/events/ml`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
const corsOf = ({ headers }: { readonly headers: Headers }): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-') || name === 'vary'));

test('sends no CORS header by default', async () => {
  gateway = await startGateway();
  expect(corsOf(await preflight(ORIGIN))).toEqual({});
  expect(corsOf(await post(gateway.url, METRIC, { origin: ORIGIN }))).toEqual({});
});

test('allows the listed origins, in answers and problems, and no other origin', async () => {
  gateway = await startGateway({ CORS_ORIGINS: `${ORIGIN}, http://localhost:3000` });
  const asked = await preflight(ORIGIN);
  expect(asked.status).toBe(204);
  expect(corsOf(asked)).toMatchObject({
    vary: 'origin',
    'access-control-allow-origin': ORIGIN,
    'access-control-allow-methods': expect.stringContaining('POST'),
    'access-control-allow-headers': expect.stringContaining('authorization'),
    'access-control-max-age': '600',
  });
  for (const body of [METRIC, '{']) {
    const answered = corsOf(await post(gateway.url, body, { origin: ORIGIN }));
    expect(answered).toMatchObject({ vary: 'origin', 'access-control-allow-origin': ORIGIN });
    expect(answered['access-control-expose-headers']).toContain('retry-after');
    expect(answered['access-control-allow-credentials']).toBeUndefined();
  }
  expect(corsOf(await preflight('https://evil.example'))).toEqual({ vary: 'origin' });
  expect(corsOf(await post(gateway.url, METRIC, { origin: 'null' }))).toEqual({ vary: 'origin' });
});

test('allows every origin with *', async () => {
  gateway = await startGateway({ CORS_ORIGINS: '*' });
  expect(corsOf(await post(gateway.url, METRIC, { origin: ORIGIN }))).toMatchObject({
    'access-control-allow-origin': '*',
  });
});

test.each([
  'charts.example',
  'https://charts.example/',
  'https://charts.example/path',
  'null',
  'ftp://a.example',
  'https://*.example',
  'https://charts.example, https://*',
])('rejects the setting %s', async (origins) => {
  gateway = await startGateway();
  expect(() => loadConfig({ CORS_ORIGINS: origins })).toThrow('CORS_ORIGINS');
});
