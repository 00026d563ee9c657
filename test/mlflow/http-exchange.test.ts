import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { AnswerTooLarge, openExchange } from '../../src/mlflow/http-exchange.ts';
import { MlflowUnavailable } from '../../src/mlflow/mlflow-unavailable.ts';

/** Behaves as its path says, as a network and a server in trouble do. */
const server: Server = createServer((request, response) => {
  connections.add(request.socket.remotePort);
  behave(request.url ?? '', response);
});
const connections = new Set<number | undefined>();
let base: string;

function behave(path: string, response: ServerResponse): void {
  if (path === '/silent') return;
  if (path === '/reset') return void response.destroy();
  response.writeHead(200, { 'content-type': 'Application/JSON; charset=utf-8', 'content-length': 1_000 });
  if (path === '/cut') response.write('{"a":', () => response.destroy());
  else if (path === '/half') response.write('{"a":');
  else response.end(JSON.stringify({ filler: 'x'.repeat(987) }));
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const exchangeWith = (timeoutMs: number, at = base) =>
  openExchange({
    base: at,
    publicBase: at,
    timeoutMs,
    headers: () => ({ authorization: 'Bearer s3cret' }),
    certificate: undefined,
    clientCertificate: undefined,
  });

const call = (path: string) => ({ method: 'GET', path, maxAnswerBytes: 1_000 }) as const;

async function failureOf(path: string, timeoutMs = 60_000): Promise<Error> {
  const exchange = exchangeWith(timeoutMs);
  try {
    return await exchange.send(call(path)).then(
      () => Promise.reject(new Error('it answered')),
      (error: Error) => error,
    );
  } finally {
    exchange.close();
  }
}

test('reads a whole answer, and keeps the connection', async () => {
  const exchange = exchangeWith(60_000);
  connections.clear();
  for (let times = 0; times < 3; times += 1) {
    const answer = await exchange.send({ ...call('/'), method: 'POST', body: '{}' });
    expect(answer).toMatchObject({ status: 200, contentType: 'application/json' });
    expect(answer.body).toHaveLength(1_000);
  }
  expect(connections.size).toBe(1);
  exchange.close();
});

test.each([
  ['/reset', /socket hang up/],
  ['/cut', /aborted/],
])('reports a connection that is lost at %s', async (path, message) => {
  const error = await failureOf(path);
  expect(error).toBeInstanceOf(MlflowUnavailable);
  expect(error).toMatchObject({ reason: 'unreachable', message: expect.stringMatching(message) });
  expect(error.message).toContain(`MLflow at ${base}: `);
  expect(error.message).not.toContain('s3cret');
});

test.each(['/silent', '/half'])('gives up at its time limit at %s', async (path) => {
  const error = await failureOf(path, 50);
  expect(error).toBeInstanceOf(MlflowUnavailable);
  expect(error.message).toContain('no answer within 50 ms (MLFLOW_TIMEOUT_MS)');
});

test('reports a server that is not there', async () => {
  const exchange = exchangeWith(60_000, 'http://127.0.0.1:1');
  await expect(exchange.send(call('/'))).rejects.toThrow(
    'MLflow at http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
  );
  exchange.close();
});

test('does not read more of an answer than allowed', async () => {
  const exchange = exchangeWith(60_000);
  await expect(exchange.send({ ...call('/'), maxAnswerBytes: 999 })).rejects.toThrow(AnswerTooLarge);
  await expect(exchange.send(call('/'))).resolves.toMatchObject({ status: 200 });
  exchange.close();
});

test('ends with the reason of its signal', async () => {
  const exchange = exchangeWith(60_000);
  const stop = new AbortController();
  const sent = exchange.send({ ...call('/silent'), signal: stop.signal });
  stop.abort(new Error('stopped'));
  await expect(sent).rejects.toThrow('stopped');
  await expect(exchange.send({ ...call('/'), signal: stop.signal })).rejects.toThrow('stopped');
  exchange.close();
});
