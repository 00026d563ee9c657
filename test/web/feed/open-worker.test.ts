import { setImmediate } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, expect, test } from '@jest/globals';
import type { FeedMessage } from '../../../web/feed/feed-hub.ts';
import { type FeedWorker, openWorker } from '../../../web/feed/open-worker.ts';

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A worker as a page sees it: a port, and an error if its script does not load. */
function opened() {
  const { port1, port2 } = new MessageChannel();
  ends.push(() => port1.close());
  const received: FeedMessage[] = [];
  let lost = 0;
  const worker = { onerror: null, port: port1 } as unknown as FeedWorker;
  const send = openWorker({
    page: 'p',
    start: () => worker,
    receive: (message) => received.push(message),
    onLost: () => {
      lost += 1;
    },
  });
  return { worker, inside: port2, received, send, lost: () => lost };
}

const next = (port: ReturnType<typeof opened>['inside']): Promise<unknown> =>
  new Promise((resolve) => port.once('message', resolve));

test('messages go both ways', async () => {
  const { inside, received, send } = opened();
  const arrived = next(inside);
  send({ kind: 'leave', page: 'p' });
  expect(await arrived).toEqual({ kind: 'leave', page: 'p' });
  inside.postMessage({ kind: 'continued' });
  while (received.length === 0) await setImmediate();
  expect(received).toEqual([{ kind: 'continued' }]);
});

test('a worker whose script cannot be loaded is reported once, and nothing more is taken from it', async () => {
  const { worker, inside, received, lost } = opened();
  const { onerror } = worker;
  const left = next(inside);
  const closed = new Promise((resolve) => inside.once('close', resolve));
  onerror?.(undefined as never);
  expect(await left).toEqual({ kind: 'leave', page: 'p' });
  worker.onerror?.(undefined as never);
  inside.postMessage({ kind: 'continued' });
  await closed;
  expect([lost(), received]).toEqual([1, []]);
});
