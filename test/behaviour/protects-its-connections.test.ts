import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { Health } from '../../src/runtime/health.ts';
import { METRIC, requestOf, startGateway, statuses, type TestGateway, talk } from '../http/gateway.ts';
import { eventually } from '../support/eventually.ts';

const EVENT = JSON.stringify(METRIC);
const CLOSE = { connection: 'close' };
const BUNDLE = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nhost: localhost\r\n\r\n';

/** The counter of closed connections. */
async function closedFor(gateway: TestGateway, reason: string): Promise<number> {
  const { values } = await gateway.metrics.httpConnectionsClosed.get();
  return values.find(({ labels }) => labels.reason === reason)?.value ?? 0;
}

async function open(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

describe('a client that does not read', () => {
  test('makes the server hold one answer, however many it requests', async () => {
    const gateway = await startGateway();
    const socket = await open(gateway.port);
    socket.pause();
    socket.write(BUNDLE.repeat(30));
    // The counter advances when an answer was sent as a whole; the kernel buffers hold a few of them.
    await eventually(async () => (await requestsServed(gateway)) > 0);
    const other = await talk(gateway.port, requestOf(EVENT, CLOSE));
    expect(statuses(other)).toEqual([202]);
    expect(await requestsServed(gateway)).toBeLessThan(20);
    socket.resume();
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    await eventually(async () => (await requestsServed(gateway)) === 30);
    expect(bytes).toBeGreaterThan(0);
    socket.destroy();
    await gateway.close();
  });

  test('is disconnected when it has read nothing for HTTP_SEND_TIMEOUT_MS', async () => {
    const gateway = await startGateway({ HTTP_SEND_TIMEOUT_MS: '300' });
    const socket = await open(gateway.port);
    socket.pause();
    socket.write(BUNDLE.repeat(30));
    await eventually(async () => (await closedFor(gateway, 'stalled')) === 1);
    socket.destroy();
    await gateway.close();
  });

  test('is disconnected when it pipelines more requests than may wait', async () => {
    const gateway = await startGateway();
    const socket = await open(gateway.port);
    socket.pause();
    socket.write(BUNDLE.repeat(400));
    await eventually(async () => (await closedFor(gateway, 'pipelining')) === 1);
    socket.destroy();
    await gateway.close();
  });

  test('is not disconnected while it waits for an answer or is idle', async () => {
    const acknowledged = Promise.withResolvers<void>();
    const gateway = await startGateway({ HTTP_SEND_TIMEOUT_MS: '100' }, () => acknowledged.promise);
    const socket = await open(gateway.port);
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    const idle = await open(gateway.port);
    idle.pause();
    const idleClosed = once(idle.resume(), 'close');
    socket.write(requestOf(EVENT));
    // A connection without a request is closed after the same time, which proves that it has passed.
    await idleClosed;
    expect(socket.destroyed).toBe(false);
    acknowledged.resolve();
    await eventually(() => statuses(text).length === 1);
    expect(statuses(text)).toEqual([202]);
    socket.destroy();
    await gateway.close();
  });
});

async function requestsServed({ metrics }: TestGateway): Promise<number> {
  const { values } = await metrics.httpRequests.get();
  return values.filter(({ labels }) => labels.route === '/docs/{file}').reduce((sum, { value }) => sum + value, 0);
}

test('a client that closes its sending side after a request receives the answer', async () => {
  const acknowledged = Promise.withResolvers<void>();
  const gateway = await startGateway({}, () => acknowledged.promise);
  const socket = connect({ port: gateway.port, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = once(socket, 'end');
  await once(socket.end(requestOf(EVENT)), 'finish');
  // The server has seen the end of the first connection when it answers on a later one.
  await fetch(`${gateway.url}/health/live`);
  acknowledged.resolve();
  await ended;
  expect(statuses(Buffer.concat(chunks).toString())).toEqual([202]);
  expect(gateway.published).toHaveLength(1);
  await gateway.close();
});

describe('the share of connections', () => {
  test('bounds one address and leaves room for others', async () => {
    const gateway = await startGateway({ HTTP_MAX_CONNECTIONS_PER_CLIENT: '3' });
    const sockets = [await open(gateway.port), await open(gateway.port), await open(gateway.port)];
    const refused = await open(gateway.port);
    await once(refused.resume(), 'close');
    expect(await closedFor(gateway, 'share')).toBe(1);
    const other = await open(gateway.port, '127.0.0.2');
    other.write(requestOf(EVENT, CLOSE));
    let text = '';
    other.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    await once(other, 'close');
    expect(statuses(text)).toEqual([202]);
    sockets[0]?.destroy();
    // The place of a connection that ended is free again.
    await eventually(async () => (await gateway.metrics.httpConnections.get()).values[0]?.value === 2);
    expect(statuses(await talk(gateway.port, requestOf(EVENT, CLOSE)))).toEqual([202]);
    for (const socket of sockets) socket.destroy();
    await gateway.close();
  });

  test('is a quarter of HTTP_MAX_CONNECTIONS when only that is set', async () => {
    const gateway = await startGateway({ HTTP_MAX_CONNECTIONS: '12' });
    const sockets = [await open(gateway.port), await open(gateway.port), await open(gateway.port)];
    const refused = await open(gateway.port);
    await once(refused.resume(), 'close');
    expect(await closedFor(gateway, 'share')).toBe(1);
    for (const socket of sockets) socket.destroy();
    await gateway.close();
  });

  test('does not count connections from trusted proxies', async () => {
    const gateway = await startGateway({ HTTP_MAX_CONNECTIONS_PER_CLIENT: '1', TRUSTED_PROXIES: '127.0.0.1' });
    const sockets = [await open(gateway.port), await open(gateway.port)];
    expect(statuses(await talk(gateway.port, requestOf(EVENT, CLOSE)))).toEqual([202]);
    for (const socket of sockets) socket.destroy();
    await gateway.close();
  });
});

test('a full gateway is reported on HEALTH_PORT as alive and not ready, with the cause', async () => {
  const gateway = await startGateway({
    HTTP_MAX_CONNECTIONS: '2',
    HTTP_MAX_CONNECTIONS_PER_CLIENT: '2',
    HEALTH_PORT: '0',
  });
  const sockets = [await open(gateway.port), await open(gateway.port)];
  const health = async (name: string): Promise<Health> =>
    (await (await fetch(`${gateway.healthUrl}/health/${name}`)).json()) as Health;
  await eventually(async () => (await gateway.metrics.httpConnections.get()).values[0]?.value === 2);
  expect(await health('live')).toEqual({ ok: true, checks: {} });
  expect(await health('ready')).toMatchObject({
    ok: false,
    checks: { connections: '2 of 2 connections are open (HTTP_MAX_CONNECTIONS); address:127.0.0.1 has 2 of them' },
  });
  expect((await fetch(`${gateway.healthUrl}/metrics`)).status).toBe(404);
  for (const socket of sockets) socket.destroy();
  await eventually(async () => (await health('ready')).ok === true);
  await gateway.close();
  await expect(fetch(`${gateway.healthUrl}/health/live`)).rejects.toThrow();
});

test('a HEALTH_PORT that is taken ends the start with an error that names it', async () => {
  const other = await startGateway();
  await expect(startGateway({ HEALTH_PORT: String(other.port) })).rejects.toThrow('choose another HEALTH_PORT');
  await other.close();
});
