import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { loadConfig } from '../../src/config.ts';
import { startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';

test('the silent connections of one address leave the health port to the others', async () => {
  const server = await startHttp({
    config: loadConfig({ PORT: '0', HEALTH_PORT: '0' }),
    log: createLog('silent'),
    metrics: createMetrics(),
    live: [],
    ready: [],
  });
  const port = Number(new URL(String(server.healthUrl)).port);
  const sockets: Socket[] = [];
  for (let index = 0; index < 80; index += 1) {
    const socket = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    sockets.push(socket.on('error', () => undefined));
    await once(socket, 'connect');
  }
  const answer = await fetch(`${server.healthUrl}/health/live`, { signal: AbortSignal.timeout(60_000) });
  expect(answer.status).toBe(200);
  await answer.text();
  for (const socket of sockets) socket.destroy();
  await server.stop();
});
