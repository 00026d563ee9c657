import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApiError, requestJson, signedOut } from '../../../web/api/request.ts';
import { retryAfterMs } from '../../../web/api/retry.ts';

const answers: Readonly<Record<string, RequestListener>> = {
  '/whole': (_, response) => response.end('{"a":1}'),
  '/empty': (_, response) => response.writeHead(204).end(),
  // The head arrives, and the connection is lost in the middle of the body.
  '/lost': (_, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{"a":');
    setImmediate(() => response.destroy());
  },
  '/slow': (_, response) => void response.writeHead(200, { 'content-length': '100' }).write('{"a":'),
  '/refused': (_, response) => response.writeHead(401).end('{"code":"unauthorized","detail":"no session"}'),
  '/lost-refusal': (_, response) => {
    response.writeHead(503, { 'content-length': '100' }).write('{');
    setImmediate(() => response.destroy());
  },
};
const server = createServer((request, response) => answers[request.url ?? '']?.(request, response));
const { fetch } = globalThis;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  // A page requests paths of its own server.
  globalThis.fetch = (path, request) => fetch(`http://127.0.0.1:${port}${String(path)}`, request);
});

afterAll(() => {
  globalThis.fetch = fetch;
  server.closeAllConnections();
  server.close();
});

const failureOf = (path: string, signal?: AbortSignal): Promise<unknown> =>
  requestJson(path, signal === undefined ? {} : { signal }).then(
    () => undefined,
    (error: unknown) => error,
  );

test('a body is read, and an answer without one is undefined', async () => {
  expect(await requestJson('/whole')).toEqual({ a: 1 });
  expect(await requestJson('/empty')).toBeUndefined();
});

test('a connection that is lost in the middle of a body is a failure that is tried again', async () => {
  const error = await failureOf('/lost');
  expect(error).toBeInstanceOf(ApiError);
  expect(error).toMatchObject({ status: 0, code: 'offline' });
  expect(retryAfterMs(error, 0)).toBe(3_000);
});

test('a refusal keeps its status, whatever becomes of its body', async () => {
  expect(await failureOf('/lost-refusal')).toMatchObject({ status: 503, code: 'unknown' });
});

test('a request that is cancelled while its body arrives fails with the reason', async () => {
  const cancel = new AbortController();
  const failed = failureOf('/slow', cancel.signal);
  const reason = new Error('left the page');
  setTimeout(() => cancel.abort(reason), 50);
  const error = await failed;
  expect(error).not.toBeInstanceOf(ApiError);
});

test('only the session clears the end of a session', async () => {
  await failureOf('/refused');
  expect(signedOut.value).toBe(true);
  await requestJson('/whole');
  expect(signedOut.value).toBe(true);
});
