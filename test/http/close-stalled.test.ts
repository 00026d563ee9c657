import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { StallWatch } from '../../src/http/close-stalled.ts';
import type { Route } from '../../src/http/route.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { eventually } from '../support/eventually.ts';

/** More than the kernel buffers of both sides hold. */
const BODY = Buffer.alloc(24 * 1_048_576, 'x');
const LARGE: Route = {
  name: 'large',
  method: 'GET',
  path: '/large',
  scope: null,
  operation: { summary: 'A large answer', responses: {} },
  handle: () => ({ type: 'text/plain', body: BODY }),
};

let server: HttpServer;
let metrics: ReturnType<typeof createMetrics>;
let socket: Socket;

beforeEach(async () => {
  metrics = createMetrics();
  const config = loadConfig({ PORT: '0', HTTP_SEND_TIMEOUT_MS: '200' });
  server = await startHttp({ config, log: createLog('silent'), metrics, live: [], ready: [], routes: [LARGE] });
  socket = connect(server.port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.pause();
  socket.write('GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n');
});
afterEach(async () => {
  socket.destroy();
  await server.stop();
});

const stalled = async (): Promise<number> =>
  (await metrics.httpConnectionsClosed.get()).values.find(({ labels }) => labels.reason === 'stalled')?.value ?? 0;

test('a client that reads nothing is disconnected', async () => {
  await eventually(async () => (await stalled()) === 1);
});

test('a client that reads nothing is disconnected although it goes on sending', async () => {
  const dripping = setInterval(() => socket.write('G'), 20);
  try {
    await eventually(async () => (await stalled()) === 1);
  } finally {
    clearInterval(dripping);
  }
});

test.each([
  [
    'owes the same bytes for the time-out',
    [
      [0, 9],
      [50, 9],
      [100, 9],
    ],
    true,
  ],
  [
    'owes the same bytes for less than the time-out',
    [
      [0, 9],
      [99, 9],
    ],
    false,
  ],
  [
    'owes fewer bytes each time',
    [
      [0, 9],
      [90, 8],
      [180, 7],
      [270, 6],
    ],
    false,
  ],
  [
    'owes more bytes each time, because its handler writes',
    [
      [0, 9],
      [90, 10],
      [180, 11],
    ],
    false,
  ],
  [
    'owes nothing',
    [
      [0, 0],
      [100, 0],
      [200, 0],
    ],
    false,
  ],
  [
    'owes the same bytes again after it owed nothing',
    [
      [0, 9],
      [90, 0],
      [180, 9],
    ],
    false,
  ],
] as const)('a connection that %s', (_, observations, stalls) => {
  const watch = new StallWatch<object>(100);
  const connection = {};
  expect(observations.map(([at, bytes]) => watch.isStalled(connection, bytes, at)).at(-1)).toBe(stalls);
});
