import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type HostGuard, startHostGuard } from '../../../dev/parts/host-guard.ts';
import { freePort } from '../../../dev/stack/ports.ts';
import { type HostAnswer, requestWithHost } from '../../support/request-with-host.ts';

let dies = false;
const server = createServer(async (incoming, response) => {
  if (dies) return void incoming.socket.destroy();
  const body = await text(incoming);
  response.writeHead(201, { 'x-answer': 'yes' }).end(`${incoming.method} ${incoming.url} ${body}`);
});
let guard: HostGuard;
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = await freePort(32_000);
  guard = await startHostGuard(port, (server.address() as AddressInfo).port);
});
afterAll(async () => {
  await guard.close();
  server.close();
});

const ask = (host: string, method?: string, body?: string): Promise<HostAnswer> =>
  requestWithHost(`http://127.0.0.1:${port}/subjects?a=1`, host, method, body);

test.each(['127.0.0.1', '127.0.0.1:8081', 'localhost:8081', '[::1]:8081'])('a request for %s passes', async (host) => {
  await expect(ask(host, 'POST', 'schema')).resolves.toEqual({ status: 201, body: 'POST /subjects?a=1 schema' });
});

test.each(['evil.example', 'evil.example:8081', '10.1.2.3', 'localhost.evil.example', '127.0.0.1.evil.example'])(
  'a request for %j is answered 421',
  async (host) => {
    await expect(ask(host)).resolves.toMatchObject({
      status: 421,
      body: expect.stringContaining(JSON.stringify(host)),
    });
  },
);

test('a server that ends the connection ends that of the client', async () => {
  dies = true;
  await expect(ask('localhost')).rejects.toThrow('socket hang up');
  dies = false;
});
