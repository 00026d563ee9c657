import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { METRIC, NDJSON, post, requestOf, startGateway, statuses } from '../http/gateway.ts';
import { eventually } from '../support/eventually.ts';

const EVENT = JSON.stringify(METRIC);

/** A connection that keeps everything it receives. */
async function open(port: number): Promise<{ socket: Socket; said: () => string; closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  // A connection that is cut off ends with an error first; `close` follows either way.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, said: () => text, closed };
}

test('the gateway answers requests in flight, refuses new connections and leaves nothing open', async () => {
  const asked = Promise.withResolvers<void>();
  const acknowledged = Promise.withResolvers<void>();
  const gateway = await startGateway({}, () => {
    asked.resolve();
    return acknowledged.promise;
  });
  const inFlight = await open(gateway.port);
  const idle = await open(gateway.port);
  inFlight.socket.write(requestOf(EVENT));
  await asked.promise;
  const stopped = gateway.stop();
  await expect(post(gateway.url, METRIC)).rejects.toThrow();
  // A second request on the connection of the first, whose client has not noticed the stop yet.
  inFlight.socket.write(requestOf(EVENT));
  acknowledged.resolve();
  await Promise.all([stopped, inFlight.closed, idle.closed]);
  expect(statuses(inFlight.said())[0]).toBe(202);
  expect(gateway.published).toHaveLength(1);
});

test('the gateway answers 503 when a body does not arrive in time, and reports the events that are stored', async () => {
  const gateway = await startGateway({ SHUTDOWN_MS: '6000' });
  const slow = await open(gateway.port);
  const lines = await open(gateway.port);
  slow.socket.write(requestOf(EVENT).slice(0, -4));
  lines.socket.write(requestOf(`${EVENT}\n`.repeat(3_000), NDJSON).slice(0, -4));
  await eventually(() => gateway.published.length > 0);
  await gateway.stop();
  await Promise.all([slow.closed, lines.closed]);
  expect(statuses(slow.said())).toEqual([503]);
  const text = lines.said();
  expect(JSON.parse(text.slice(text.indexOf('{')))).toMatchObject({
    status: 503,
    code: 'shutting_down',
    accepted: gateway.published.length,
    retry_from: gateway.published.length,
  });
});

test('a request that Kafka never acknowledges does not delay the stop', async () => {
  const asked = Promise.withResolvers<void>();
  const gateway = await startGateway({ SHUTDOWN_MS: '600' }, () => {
    asked.resolve();
    return new Promise(() => undefined);
  });
  const hanging = await open(gateway.port);
  hanging.socket.write(requestOf(EVENT));
  await asked.promise;
  await gateway.stop();
  await hanging.closed;
  expect(hanging.said()).toBe('');
});

test('readiness fails for READY_GRACE_MS before the stop, while requests are still served', async () => {
  const gateway = await startGateway({ READY_GRACE_MS: '5000', SHUTDOWN_MS: '20000' });
  const ready = async () => (await fetch(`${gateway.url}/health/ready`)).status;
  expect(await ready()).toBe(200);
  const stopped = gateway.stop();
  expect(await ready()).toBe(503);
  const said = await post(gateway.url, METRIC);
  expect([said.status, said.headers.get('connection')]).toEqual([202, 'close']);
  await stopped;
});
