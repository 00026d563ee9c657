import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import type { FeedFilter } from '../../src/live/feed-filter.ts';
import type { FeedWindow } from '../../src/live/feed-window.ts';
import type { LiveFrame } from '../../src/live/follow-live.ts';
import { LiveHub } from '../../src/live/live-hub.ts';
import { createSseParser } from '../../src/live/sse-parser.ts';
import { createMetrics } from '../../src/metrics.ts';
import { counted } from '../support/counted.ts';
import { eventually } from '../support/eventually.ts';
import { EVENTS, event, POINTS, point, windowAt } from './feed-fixture.ts';

const FILTER: FeedFilter = { points: true, runPrefix: '' };
const LONG = 'x'.repeat(4_000);
/** More than the buffers of the kernel hold. */
const MANY_POINTS = 6_000;

let window: FeedWindow;
let hub: LiveHub;
const metrics = createMetrics();
const server = createServer((request, response) => {
  const positions = [request.headers['last-event-id']].flat().filter((text) => text !== undefined);
  hub.subscribe({
    response,
    access: { client: 'key:test' },
    filter: FILTER,
    hz: 20,
    positions,
    readmit: () => undefined,
  });
}).listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  window = windowAt();
  hub = new LiveHub(window, 60_000, metrics);
});

/** A client that reads only while it is resumed. */
async function client(position?: string) {
  const frames: LiveFrame[] = [];
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const parse = createSseParser({
    onEvent: ({ name, data, id }) => frames.push({ name, data: JSON.parse(data), id } as LiveFrame),
    onRetry: () => {},
  });
  // HTTP/1.0 is answered without chunks.
  socket.setEncoding('utf8').on('data', (text: string) => parse(text));
  socket.on('error', () => {});
  const header = position === undefined ? '' : `last-event-id: ${position}\r\n`;
  socket.write(`GET /api/live HTTP/1.0\r\n${header}\r\n`);
  await eventually(() => frames.length > 0);
  const steps = () =>
    frames.flatMap((frame) =>
      frame.name === 'data' ? (frame.data.points ?? []).flatMap(({ points }) => points.map(([step]) => step)) : [],
    );
  const events = () =>
    frames.flatMap((frame) => (frame.name === 'data' ? (frame.data.events ?? []).map(({ event_id }) => event_id) : []));
  return { socket, frames, steps, events };
}

/** Writes, and lets the sockets take the bytes. */
async function tick(): Promise<void> {
  hub.tick();
  await new Promise(setImmediate);
}

/** Adds points of two series, an event now and then, and writes them. */
async function produce(from: number, count: number): Promise<void> {
  for (let step = from; step < from + count; step += 1) {
    window.add(POINTS, [point(step, { values: { loss: 1, [LONG]: 2 } })], step + 1);
    if (step % 1_000 === 0) window.add(EVENTS, [event(step)], step + 1);
    if (step % 10 === 9) await tick();
  }
  await tick();
}

test('a slow client is told which points it misses, gets every event, and costs the others nothing', async () => {
  const [slow, quick] = [await client(), await client()];
  slow.socket.pause();
  for (let at = 0; at < MANY_POINTS; at += 100) {
    await produce(at, 100);
    await eventually(() => quick.steps().length === at + 100);
  }
  expect(slow.frames.some(({ name }) => name === 'gap')).toBe(false);
  slow.socket.resume();
  await eventually(() => {
    hub.tick();
    return slow.frames.some(({ name }) => name === 'gap');
  });
  await produce(MANY_POINTS, 1);
  await eventually(() => slow.steps().includes(MANY_POINTS));

  const gap = slow.frames.find((frame) => frame.name === 'gap');
  const read = slow.steps();
  const missing = Array.from({ length: MANY_POINTS }, (_, step) => step).filter((step) => !read.includes(step));
  expect(missing.length).toBeGreaterThan(1_000);
  expect(gap?.data).toEqual({
    series: ['loss', LONG].map((name) => ({
      model_run_id: 'run',
      trial_id: 'trial',
      name,
      from_step: missing[0],
      points: missing.length,
    })),
    more: false,
  });
  expect(new Set(read).size).toBe(read.length);
  expect(slow.events()).toEqual(['e0', 'e1000', 'e2000', 'e3000', 'e4000', 'e5000', 'e6000']);
  expect(quick.steps()).toEqual(Array.from({ length: MANY_POINTS + 1 }, (_, step) => step));
  expect(quick.frames.some(({ name }) => name === 'gap')).toBe(false);
});

test('a connection with too many unread events ends, and its client continues from its id', async () => {
  const slow = await client();
  slow.socket.pause();
  let offset = 0;
  const closed = once(slow.socket, 'close');
  while (hub.size > 0 && offset < 20_000) {
    for (const end = offset + 100; offset < end; offset += 1) {
      window.add(EVENTS, [event(offset, { source: LONG })], offset + 1);
    }
    hub.tick();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(hub.size).toBe(0);
  slow.socket.resume();
  await closed;
  const read = slow.events();
  expect(read.length).toBeLessThan(offset);
  const next = await client(slow.frames.at(-1)?.id);
  await eventually(() => {
    hub.tick();
    return read.length + next.events().length === offset;
  });
  expect([...read, ...next.events()]).toEqual(Array.from({ length: offset }, (_, index) => `e${index}`));
  expect(await counted(metrics.liveClosed)).toMatchObject([{ labels: { reason: 'slow' }, value: 1 }]);
});

test('a client that resumes before the window is told so', async () => {
  await produce(0, 10);
  const first = await client();
  const position = first.frames[0]?.id;
  window.add(EVENTS, [event(20)], 21);
  window.drop(Date.now() + 120_000);
  const late = await client(position);
  await eventually(() => {
    hub.tick();
    return late.frames.some(({ name }) => name === 'reset');
  });
  expect(late.frames.slice(0, 2)).toMatchObject([
    { name: 'hello', data: { resumed: false } },
    { name: 'reset', data: { reason: 'expired' } },
  ]);
});

test('a client that resumes before the points of the window is told so', async () => {
  await produce(1, 9);
  const position = (await client()).frames[0]?.id;
  window.add(POINTS, [point(20)], 21);
  window.drop(Date.now() + 120_000);
  const late = await client(position);
  await eventually(() => {
    hub.tick();
    return late.frames.some(({ name }) => name === 'reset');
  });
  expect(late.frames.slice(0, 2)).toMatchObject([
    { name: 'hello', data: { resumed: false } },
    { name: 'reset', data: { reason: 'expired' } },
  ]);
});
