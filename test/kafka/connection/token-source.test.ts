import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Address } from '../../../src/address.ts';
import { createTokenSource } from '../../../src/kafka/connection/token-source.ts';
import { Secret } from '../../../src/secret.ts';

const START = 1_000_000_000;
let now = START;
let requests: { authorization: string | undefined; body: string }[] = [];
let answer: { status: number; body: string };
let server: Server;
let endpoint: Address;

const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`;
const granted = (content: object) => ({ status: 200, body: JSON.stringify(content) });
const expiringIn = (seconds: number) =>
  granted({ access_token: jwt({ exp: (now + seconds * 1_000) / 1_000, n: requests.length }), expires_in: 9_999 });

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.on('end', () => {
      requests.push({ authorization: request.headers.authorization, body });
      response.writeHead(answer.status).end(answer.body);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = new Address(`http://127.0.0.1:${(server.address() as AddressInfo).port}/token`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  now = START;
  requests = [];
});

const source = (secret = 'a+b') =>
  createTokenSource(
    { endpoint, clientId: 'gate:way', clientSecret: new Secret(() => secret), scope: 'kafka' },
    () => now,
  );

test('asks as RFC 6749 says, once for all who wait', async () => {
  answer = expiringIn(300);
  const token = source();
  const values = await Promise.all([token(), token(), token()]);
  expect(new Set(values).size).toBe(1);
  expect(requests).toEqual([
    {
      authorization: `Basic ${Buffer.from('gate%3Away:a%2Bb').toString('base64')}`,
      body: 'grant_type=client_credentials&scope=kafka',
    },
  ]);
});

test.each([
  ['a token of 300 s is used for 240 s', 300, 239, 241],
  ['a token of 12 s is used for four fifths of its life', 12, 9, 10],
])('%s', async (_, lifeSeconds, usedSeconds, renewedSeconds) => {
  answer = expiringIn(lifeSeconds);
  const token = source();
  await token();
  now = START + usedSeconds * 1_000;
  await token();
  expect(requests).toHaveLength(1);
  now = START + renewedSeconds * 1_000;
  await token();
  expect(requests).toHaveLength(2);
});

test('the end of a token that is no JWT is the one of the answer', async () => {
  answer = granted({ access_token: 'opaque', expires_in: 100 });
  const token = source();
  await token();
  now = START + 79_000;
  await token();
  expect(requests).toHaveLength(1);
  now = START + 81_000;
  await token();
  expect(requests).toHaveLength(2);
});

test('a valid token bridges a failure of its endpoint, and only that', async () => {
  answer = expiringIn(300);
  const token = source();
  const first = await token();
  answer = { status: 500, body: '' };
  now = START + 290_000;
  await expect(token()).resolves.toBe(first);
  now = START + 301_000;
  await expect(token()).rejects.toThrow(`no token for Kafka from ${endpoint}: it answers 500`);
});

test.each<[typeof answer, string]>([
  [{ status: 401, body: '' }, 'it answers 401: check KAFKA_SASL_OAUTHBEARER_CLIENT_ID'],
  [{ status: 200, body: 'x' }, 'its answer is not JSON'],
  [{ status: 200, body: '{}' }, 'its answer has no access_token'],
])('%j is an error that says what to do', async (given, message) => {
  answer = given;
  await expect(source()()).rejects.toThrow(message);
});

test('the secret is read again for each token', async () => {
  answer = expiringIn(300);
  let secret = 'old';
  const token = createTokenSource(
    { endpoint, clientId: 'a', clientSecret: new Secret(() => secret), scope: undefined },
    () => now,
  );
  await token();
  secret = 'new';
  now = START + 250_000;
  await token();
  expect(requests.map(({ authorization }) => authorization)).toEqual(
    ['a:old', 'a:new'].map((pair) => `Basic ${Buffer.from(pair).toString('base64')}`),
  );
});
