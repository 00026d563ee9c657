import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import type { Access } from '../../src/access/access.ts';
import { clientOfKey } from '../../src/access/client.ts';
import { openAccess } from '../../src/access/open-access.ts';
import { loadConfig } from '../../src/config.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { statuses } from './gateway.ts';

let server: HttpServer;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.stop();
});

/** A server that admits a caller by the id in its Authorization header. */
async function start(settings: Readonly<Record<string, string>>): Promise<void> {
  server = await startHttp({
    config: loadConfig({ PORT: '0', ...settings }),
    log: createLog('silent'),
    metrics: createMetrics(),
    live: [],
    ready: [],
    authenticate: (request, scope): Access => ({
      ...(openAccess(request, scope) as Access),
      client: clientOfKey(String(request.headers.authorization)),
    }),
  });
}

/** A connection from an address of its own. */
async function open(localAddress: string): Promise<Socket> {
  const socket = connect({ port: server.port, host: '127.0.0.1', localAddress });
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

async function metricsWith(socket: Socket, key: string): Promise<number | undefined> {
  socket.write(`GET /metrics HTTP/1.1\r\nhost: localhost\r\nauthorization: ${key}\r\n\r\n`);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  socket.resume();
  return statuses(chunk.toString())[0];
}

test('a key has its share of connections, from whichever addresses it uses them', async () => {
  await start({ HTTP_MAX_CONNECTIONS_PER_CLIENT: '2' });
  const [first, second, third] = [await open('127.0.0.2'), await open('127.0.0.3'), await open('127.0.0.4')];
  expect(await metricsWith(first, 'one')).toBe(200);
  expect(await metricsWith(second, 'one')).toBe(200);
  expect(await metricsWith(third, 'one')).toBe(429);
  // The answer closes its connection, which was not counted for the key.
  await once(third, 'close');
  const other = await open('127.0.0.5');
  expect(await metricsWith(other, 'another')).toBe(200);
});

test('a connection counts for the key that it carried last', async () => {
  await start({ HTTP_MAX_CONNECTIONS_PER_CLIENT: '1' });
  const first = await open('127.0.0.2');
  expect(await metricsWith(first, 'one')).toBe(200);
  expect(await metricsWith(first, 'another')).toBe(200);
  expect(await metricsWith(await open('127.0.0.3'), 'one')).toBe(200);
  expect(await metricsWith(await open('127.0.0.4'), 'another')).toBe(429);
});

test('a key that uses trusted proxies has no share of connections, because the proxy owns them', async () => {
  await start({ HTTP_MAX_CONNECTIONS_PER_CLIENT: '1', TRUSTED_PROXIES: '127.0.0.0/8' });
  expect(await metricsWith(await open('127.0.0.2'), 'one')).toBe(200);
  expect(await metricsWith(await open('127.0.0.3'), 'one')).toBe(200);
});
