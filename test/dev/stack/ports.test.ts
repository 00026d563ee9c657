import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { type HeldPort, holdPort } from '../../../dev/stack/ports.ts';

const servers: Server[] = [];
const ports: HeldPort[] = [];

function listen(port: number): Promise<number> {
  const server = createServer();
  servers.push(server);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve((server.address() as { port: number }).port));
  });
}

async function hold(wanted: number): Promise<HeldPort> {
  const held = await holdPort(wanted);
  ports.push(held);
  return held;
}

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  await Promise.all(ports.splice(0).map((held) => held.free()));
});

test('a taken port moves to the next free one', async () => {
  const taken = await listen(0);
  expect((await hold(taken)).port).toBeGreaterThan(taken);
});

test('no program can listen on a held port until it is released', async () => {
  const held = await hold(20_000);
  await expect(listen(held.port)).rejects.toThrow('EADDRINUSE');
  await held.release();
  await expect(listen(held.port)).resolves.toBe(held.port);
});

test('no other stack chooses a held port between its release and its end', async () => {
  const first = await hold(20_000);
  await first.release();
  const second = await hold(first.port);
  expect(second.port).not.toBe(first.port);
  await first.free();
  expect((await hold(first.port)).port).toBe(first.port);
});

test('a released port is taken back unless another program listens there', async () => {
  const held = await hold(20_000);
  await held.release();
  await expect(held.retake()).resolves.toBe(true);
  await held.release();
  await listen(held.port);
  await expect(held.retake()).resolves.toBe(false);
});
