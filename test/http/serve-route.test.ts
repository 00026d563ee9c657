import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Access } from '../../src/access/access.ts';
import { loadConfig } from '../../src/config.ts';
import { readJsonBody } from '../../src/http/read-json-body.ts';
import { type Call, jsonReply, type Reply, type Route } from '../../src/http/route.ts';
import { type HttpServer, startHttp } from '../../src/http/server.ts';
import { createLog } from '../../src/log.ts';
import { createMetrics } from '../../src/metrics.ts';
import { eventually } from '../support/eventually.ts';

const refusals: string[] = [];
const access: Access = {
  client: 'key:a',
  runPrefix: 'team-a/',
  faultOf: () => undefined,
  requireCredit: () => undefined,
  spend: () => undefined,
  pauseMs: () => 0,
  noteRefusal: (code) => refusals.push(code),
  headers: () => ({}),
};

const MIB = 1_048_576;
/** Far more than the buffers of a socket. */
const LONG = 15 * MIB;
/** The text as JSON, in quotes. */
const ANSWER = LONG + 2;
const FILE = Buffer.alloc(LONG);

async function readCommand(call: Call): Promise<Reply> {
  const body = await readJsonBody(call, { maxBytes: 2 * LONG, maxEntries: 10, maxExactEntries: 10 });
  return jsonReply({ ok: body?.ok });
}

const route = (path: string, about: Partial<Route> = {}): Route => ({
  name: path,
  method: 'GET',
  path,
  scope: 'read',
  operation: { summary: path, responses: {} },
  handle: ({ parameters }) => jsonReply(parameters),
  ...about,
});

const metrics = createMetrics();
let server: HttpServer;

beforeAll(async () => {
  server = await startHttp({
    config: loadConfig({ PORT: '0' }),
    log: createLog('silent'),
    metrics,
    live: [],
    ready: [],
    authenticate: () => access,
    routes: [
      route('/runs/{run}'),
      route('/runs/{run}/trials/{trial}'),
      route('/runs', { boundKeys: 'handler' }),
      route('/totals'),
      route('/about', { scope: null }),
      route('/long', { handle: () => jsonReply('x'.repeat(LONG)), boundKeys: 'handler' }),
      route('/file', { handle: () => ({ type: 'text/plain', body: FILE }), boundKeys: 'handler' }),
      route('/commands', { method: 'POST', boundKeys: 'handler', handle: readCommand }),
    ],
  });
});
afterAll(() => server.stop());

test.each([
  ['/runs/team-a%2F7', 200],
  ['/runs/team-a%2f7/trials/1', 200],
  ['/runs/team-b%2F7', 403],
  ['/runs/team-a', 403],
  ['/RUNS/team-b%2F7/', 403],
  ['/runs/team-b/trials/team-a%2F7', 403],
  ['/runs', 200],
  ['/totals', 403],
  ['/about', 200],
])('a key bound to runs is answered for %s with %i', async (path, status) => {
  refusals.length = 0;
  const response = await fetch(server.url + path);
  expect(response.status).toBe(status);
  if (status !== 403) return;
  expect(await response.json()).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('"team-a/"') });
  expect(refusals).toEqual(['forbidden']);
});

describe('the memory of requests besides posted events', () => {
  const heldBytes = async (): Promise<number> => (await metrics.httpBytes.get()).values[0]?.value ?? 0;

  /** Starts a request whose answer is not read. */
  async function ignore(text: string): Promise<Socket> {
    const socket = connect(server.port, '127.0.0.1');
    socket.pause();
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
    return socket;
  }

  const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`;

  const holds = (bytes: number): Promise<void> => eventually(async () => (await heldBytes()) === bytes);

  async function fetchLong(): Promise<number> {
    const answer = await fetch(`${server.url}/long`);
    await answer.bytes();
    return answer.status;
  }

  test('counts long answers until they are read, and refuses those beyond the share of a client', async () => {
    const sockets: Socket[] = [];
    // 64 MiB, of which a client may hold as much as it leaves free for others: two answers, but not three.
    for (let count = 0; count < 2; count += 1) {
      expect(await fetchLong()).toBe(200);
      await holds(count * ANSWER);
      sockets.push(await ignore(get('/long')));
      await holds((count + 1) * ANSWER);
    }
    expect(await fetchLong()).toBe(503);
    // A short answer costs no more than its socket.
    expect((await fetch(`${server.url}/runs`)).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await holds(0);
    expect(await fetchLong()).toBe(200);
    await holds(0);
  });

  test('does not count a file, which all answers share', async () => {
    const socket = await ignore(get('/file'));
    expect((await (await fetch(`${server.url}/file`)).bytes()).length).toBe(LONG);
    expect(await heldBytes()).toBe(0);
    socket.destroy();
  });

  test('counts the body of a command as it arrives', async () => {
    const head = 'POST /commands HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
    const announced = await ignore(`${head}content-length: ${2 * LONG}\r\n\r\n`);
    expect(await heldBytes()).toBe(0);
    const body = JSON.stringify('x'.repeat(LONG));
    announced.write(body.slice(0, LONG));
    await holds(LONG);
    const post = (text: string) =>
      fetch(`${server.url}/commands`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: text,
      });
    expect((await post(JSON.stringify('x'.repeat(2 * LONG - 100)))).status).toBe(503);
    expect((await post('{}')).status).toBe(200);
    announced.destroy();
    await holds(0);
    expect((await post(body)).status).toBe(200);
  });
});
