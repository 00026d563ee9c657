import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { holdPort } from '../../../dev/stack/ports.ts';

const servers: Server[] = [];

function listen(port: number): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve((server.address() as { port: number }).port));
  });
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test('a taken port moves to the next free one', async () => {
  const taken = await listen(0);
  const held = await holdPort(taken);
  expect(held.port).toBeGreaterThan(taken);
  await held.release();
});

test('a held port is taken for everyone else until it is released', async () => {
  const first = await holdPort(20_000);
  const second = await holdPort(first.port);
  expect(second.port).not.toBe(first.port);
  await expect(listen(first.port)).rejects.toThrow('EADDRINUSE');
  await first.release();
  await expect(listen(first.port)).resolves.toBe(first.port);
  await second.release();
});
