import { expect, test } from '@jest/globals';
import { LoadTally } from '../../src/fleet/load-tally.ts';
import type { PostAnswer, Poster } from '../../src/fleet/poster.ts';
import { runLoad } from '../../src/fleet/run-load.ts';
import { eventually } from '../support/eventually.ts';

const never = new AbortController().signal;
const ACCEPTED: PostAnswer = { kind: 'answered', status: 202, body: '{"accepted":1}', retryAfterMs: 0 };
const posterOf = (post: () => Promise<PostAnswer>): Poster => ({ post, close: () => undefined });

test('a load at a fixed rate keeps its rate while answers are slow, and times each request from the moment it was due', async () => {
  const tally = new LoadTally();
  const slow = posterOf(() => new Promise((resolve) => setTimeout(resolve, 100, ACCEPTED)));
  await runLoad({ seconds: 1, connections: 50, requestsPerSecond: 200 }, ['{}'], slow, tally, never);
  expect(tally.accepted).toBe(200);
  expect(tally.latencies.quantileMs(0.01)).toBeGreaterThanOrEqual(98);
});

test('a load at a fixed rate skips requests when a gateway does not answer', async () => {
  const tally = new LoadTally();
  const stopped = Promise.withResolvers<PostAnswer>();
  const plan = { seconds: 0.4, connections: 2, requestsPerSecond: 1_000 };
  const poster = posterOf(() => stopped.promise);
  const loading = runLoad(plan, ['{}'], poster, tally, never);
  // Of 400 requests, ten wait for each connection.
  await eventually(() => tally.skipped === 380);
  stopped.resolve({ kind: 'unknown', cause: 'gone' });
  await loading;
  expect(tally.answers).toEqual(new Map([['no answer', 20]]));
  expect(tally.skipped).toBe(380);
  expect(tally.latencies.count).toBe(0);
});

test('a load at saturation has one request under way on each connection, and stops when it is aborted', async () => {
  const stop = new AbortController();
  const tally = new LoadTally();
  let underWay = 0;
  let most = 0;
  const poster = posterOf(async () => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    if (tally.accepted > 100) stop.abort();
    return ACCEPTED;
  });
  await runLoad({ seconds: 60, connections: 7, requestsPerSecond: undefined }, ['{}'], poster, tally, stop.signal);
  expect(most).toBe(7);
  expect(underWay).toBe(0);
});
