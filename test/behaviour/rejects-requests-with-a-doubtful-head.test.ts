import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { METRIC, requestOf, startGateway, statuses, type TestGateway, talk } from '../http/gateway.ts';

const EVENT = JSON.stringify(METRIC);
const CLOSE = { connection: 'close' };

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

/** A request for health, of these head lines. */
const head = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n\r\n`;
const CHUNKED_EVENT = `${EVENT.length.toString(16)}\r\n${EVENT}\r\n0\r\n\r\n`;

describe('the gateway', () => {
  test.each([
    ['two Host headers', requestOf(EVENT).replace('host:', 'host: localhost\r\nhost:'), 400],
    ['two Authorization headers', requestOf(EVENT, { authorization: 'Bearer a', Authorization: 'Bearer b' }), 400],
    ['two Content-Type headers', requestOf(EVENT, { 'Content-Type': 'application/json' }), 400],
    [
      'two Content-Encoding headers',
      requestOf(EVENT, { 'content-encoding': 'identity', 'Content-Encoding': 'gzip' }),
      400,
    ],
    ['two Idempotency-Key headers', requestOf(EVENT, { 'idempotency-key': 'a', 'Idempotency-Key': 'a' }), 400],
    [
      'two Thunderline-Sent-At headers',
      requestOf(EVENT, { 'thunderline-sent-at': '1', 'Thunderline-Sent-At': '1' }),
      400,
    ],
    ['no Host header in HTTP/1.1', requestOf(EVENT).replace(/host: [^\r]*\r\n/, ''), 400],
    ['a Host header with a path', requestOf(EVENT, { host: 'localhost/x' }), 400],
    ['a Host header with user information', requestOf(EVENT, { host: 'user@localhost' }), 400],
    ['HTTP/2.0 in the request line', requestOf(EVENT).replace('HTTP/1.1', 'HTTP/2.0'), 505],
    ['HTTP/0.9 in the request line', requestOf(EVENT).replace('HTTP/1.1', 'HTTP/0.9'), 505],
    [
      'a transfer coding other than chunked',
      head('POST /api/events/ml HTTP/1.1', 'host: localhost', 'transfer-encoding: gzip, chunked') + CHUNKED_EVENT,
      501,
    ],
    [
      'two headers with transfer codings',
      head('POST /api/events/ml HTTP/1.1', 'host: localhost', 'transfer-encoding: gzip', 'transfer-encoding: chunked') +
        CHUNKED_EVENT,
      501,
    ],
    ['an unknown expectation', requestOf(EVENT, { expect: 'a-miracle' }), 417],
    ['CONNECT', head('CONNECT localhost:80 HTTP/1.1', 'host: localhost'), 405],
  ])('answers %s with a problem and closes the connection', async (_, bytes, status) => {
    // A second request in the same packet must not be served: where it starts is in doubt.
    const answer = await talk(gateway.port, bytes + requestOf(EVENT));
    expect(statuses(answer)).toEqual([status]);
    expect(answer).toContain('application/problem+json');
    expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({ status });
    expect(gateway.published).toEqual([]);
  });

  test('accepts HTTP/1.0 without a Host header', async () => {
    const answer = await talk(gateway.port, head('GET /health/live HTTP/1.0'));
    expect(answer).toContain('200 OK');
  });
});

describe('without API keys the gateway', () => {
  test.each(['localhost', 'LOCALHOST:4000', 'localhost.', '127.0.0.1', '127.8.9.10:1', '[::1]', '[::1]:4000'])(
    'answers to the host %s',
    async (host) => {
      const answer = await talk(gateway.port, head('GET /health/live HTTP/1.1', `host: ${host}`, 'connection: close'));
      expect(statuses(answer)).toEqual([200]);
    },
  );

  test.each([
    'evil.example',
    'evil.example:4000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
    '[fe80::1]',
    '0.0.0.0',
    '',
  ])('answers the host "%s" with 421', async (host) => {
    const before = gateway.published.length;
    const answer = await talk(gateway.port, requestOf(EVENT, { host, ...CLOSE }));
    expect(statuses(answer)).toEqual([421]);
    expect(answer).toContain('"misdirected_request"');
    expect(gateway.published).toHaveLength(before);
  });

  test('answers an absolute target with a foreign host with 421, whatever the Host header is', async () => {
    const lines = ['GET http://evil.example/health/live HTTP/1.1', 'host: localhost', 'connection: close'];
    expect(statuses(await talk(gateway.port, head(...lines)))).toEqual([421]);
  });
});
