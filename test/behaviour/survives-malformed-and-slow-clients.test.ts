import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { METRIC, NDJSON, requestOf, startGateway, statuses, talk } from '../http/gateway.ts';
import { eventually } from '../support/eventually.ts';

const EVENT = JSON.stringify(METRIC);
const CLOSE = { connection: 'close' };

describe('the gateway', () => {
  test.each([
    ['bytes that are not HTTP', 'hello\r\n\r\n', 400],
    ['a TLS greeting', Buffer.from('1603010200010001fc0303', 'hex'), 400],
    ['an unknown method', 'FROB / HTTP/1.1\r\nhost: localhost\r\n\r\n', 400],
    ['a header without a name', 'GET / HTTP/1.1\r\nhost: localhost\r\n: y\r\n\r\n', 400],
    [
      'two lengths',
      `POST /api/events/ml HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab`,
      400,
    ],
    ['a length and chunks', requestOf(EVENT, { 'transfer-encoding': 'chunked' }), 400],
    ['a head that is too large', `GET / HTTP/1.1\r\nhost: localhost\r\na: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['an invalid chunk', `${chunkedHead()}zz\r\n`, 400],
  ])('answers %s and closes the connection', async (_, bytes, status) => {
    const gateway = await startGateway();
    const answer = await talk(gateway.port, bytes);
    expect(statuses(answer)).toEqual([status]);
    expect(answer).toContain('application/problem+json');
    expect(answer.toLowerCase()).toContain('connection: close');
    expect(gateway.published).toEqual([]);
    await gateway.close();
  });

  test('answers malformed bytes after the request before them', async () => {
    const gateway = await startGateway();
    const answer = await talk(gateway.port, requestOf(EVENT), 'garbage\r\n\r\n');
    expect(statuses(answer)).toEqual([202, 400]);
    await gateway.close();
  });
});

function chunkedHead(): string {
  return 'POST /api/events/ml HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n';
}

describe('a client that is too slow', () => {
  const settings = { HTTP_HEADERS_TIMEOUT_MS: '300', HTTP_REQUEST_TIMEOUT_MS: '600' };

  test.each([
    ['with its head', 'POST /api/events/ml HTTP/1.1\r\nhost: localhost\r\n'],
    ['with its body', requestOf(EVENT).slice(0, -5)],
    ['with its chunks', `${chunkedHead()}5\r\n{"eve\r\n`],
    ['with its lines', requestOf(`${EVENT}\n${EVENT}`, NDJSON).slice(0, -5)],
  ])('%s is answered 408', async (_, bytes) => {
    const gateway = await startGateway(settings);
    expect(statuses(await talk(gateway.port, bytes))).toEqual([408]);
    expect(gateway.published).toEqual([]);
    await gateway.close();
  });

  test('with a body that no handler reads is answered once and disconnected', async () => {
    const gateway = await startGateway(settings);
    const answer = await talk(gateway.port, requestOf(EVENT).slice(0, -5).replace('/api/events/ml', '/nothing'));
    expect(statuses(answer)).toEqual([404]);
    await gateway.close();
  });

  test('gets the number of its lines that are stored', async () => {
    // Long enough for the gateway to read most of them, on a busy machine too.
    const gateway = await startGateway({ HTTP_HEADERS_TIMEOUT_MS: '5000', HTTP_REQUEST_TIMEOUT_MS: '5000' });
    const body = `${EVENT}\n`.repeat(3_000);
    const answer = await talk(gateway.port, requestOf(body, NDJSON).slice(0, -5));
    const told = JSON.parse(answer.slice(answer.indexOf('{')));
    expect(told).toMatchObject({ status: 408, code: 'request_timeout', accepted: gateway.published.length });
    expect(gateway.published.length).toBeGreaterThan(0);
    await gateway.close();
  });
});

describe('one connection', () => {
  test('answers pipelined requests in their order, one at a time', async () => {
    let inFlight = 0;
    let most = 0;
    const gateway = await startGateway({}, async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
    });
    const answer = await talk(
      gateway.port,
      requestOf(EVENT),
      requestOf('{'),
      requestOf(EVENT),
      requestOf(EVENT, CLOSE),
    );
    expect(statuses(answer)).toEqual([202, 400, 202, 202]);
    expect(most).toBe(1);
    await gateway.close();
  });

  test.each([
    ['a short body', requestOf('x'.repeat(1_000), { 'content-type': 'text/plain' })],
    [
      'a body announced as too large, that never comes',
      requestOf('', { 'content-length': '0', 'content-encoding': 'x' }),
    ],
  ])('is used again after a request refused by its head: %s', async (_, refused) => {
    const gateway = await startGateway();
    const answer = await talk(gateway.port, refused, requestOf(EVENT, CLOSE));
    expect(statuses(answer)).toEqual([415, 202]);
    await gateway.close();
  });

  test('is closed after a large body refused by its head, and the client sees the answer', async () => {
    const gateway = await startGateway({ INGEST_MAX_BODY_BYTES: '100000' });
    const answer = await talk(gateway.port, requestOf('x'.repeat(3_000_000)), requestOf(EVENT));
    expect(statuses(answer)).toEqual([413]);
    expect(answer.toLowerCase()).toContain('connection: close');
    await gateway.close();
  });

  test('accepts a body in chunks of one byte', async () => {
    const gateway = await startGateway();
    const chunks = [...EVENT].map((character) => `1\r\n${character}\r\n`);
    const answer = await talk(
      gateway.port,
      chunkedHead().replace('host: localhost', 'host: localhost\r\nconnection: close'),
      ...chunks,
      '0\r\n\r\n',
    );
    expect(statuses(answer)).toEqual([202]);
    await gateway.close();
  });
});

describe('a request with Expect: 100-continue', () => {
  const asking = { ...CLOSE, expect: '100-continue' };

  test('is answered 100 before its body is read', async () => {
    const gateway = await startGateway();
    expect(statuses(await talk(gateway.port, requestOf(EVENT, asking)))).toEqual([100, 202]);
    await gateway.close();
  });

  test('is refused before its body is sent', async () => {
    const gateway = await startGateway();
    const head = requestOf('', { ...asking, 'content-length': '99999999' });
    expect(statuses(await talk(gateway.port, head))).toEqual([413]);
    await gateway.close();
  });
});

test('the gateway closes connections beyond HTTP_MAX_CONNECTIONS without an answer', async () => {
  const gateway = await startGateway({ HTTP_MAX_CONNECTIONS: '1' });
  const first = connect(gateway.port, '127.0.0.1');
  await new Promise((resolve) => first.once('connect', resolve));
  expect(await talk(gateway.port, requestOf(EVENT)).catch(() => '')).toBe('');
  first.destroy();
  await gateway.close();
});

test('the gateway holds no bytes of a client that disconnected', async () => {
  const gateway = await startGateway();
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write(requestOf('x'.repeat(50_000)).slice(0, 20_000));
  await eventually(async () => (await gateway.heldBytes()) > 19_000);
  socket.destroy();
  await gateway.close();
  expect(await gateway.heldBytes()).toBe(0);
});
