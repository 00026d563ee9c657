import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Latencies } from '../../src/fleet/latencies.ts';
import { metricBodies } from '../../src/fleet/metric-bodies.ts';
import type { Answer, Poster } from '../../src/fleet/poster.ts';
import { newTally, runLoad } from '../../src/fleet/run-load.ts';
import { startGateway } from '../http/gateway.ts';
import { thunderline } from '../http/process.ts';

const never = new AbortController().signal;
const ACCEPTED: Answer = { kind: 'answered', status: 202, body: '{"accepted":1}', retryAfterMs: 0 };
const posterOf = (post: () => Promise<Answer>): Poster => ({ post, close: () => undefined });

test('a quantile is that of all durations, within 2 %', () => {
  const durations = fc.array(fc.double({ min: 0.02, max: 60_000, noNaN: true }), { minLength: 1 });
  fc.assert(
    fc.property(durations, fc.double({ min: 0.01, max: 1, noNaN: true }), (list, share) => {
      const latencies = new Latencies();
      for (const ms of list) latencies.record(ms);
      const exact = list.toSorted((a, b) => a - b)[Math.ceil(list.length * share) - 1] ?? 0;
      expect(latencies.quantileMs(share)).toBeGreaterThanOrEqual(exact * 0.999);
      expect(latencies.quantileMs(share)).toBeLessThanOrEqual(exact * 1.021);
    }),
  );
});

test('bodies are the same in each run, and unlike each other', () => {
  const bodies = metricBodies(64, 3, 1_000);
  expect(metricBodies(64, 3, 1_000)).toEqual(bodies);
  expect(new Set(bodies).size).toBe(64);
  expect(JSON.parse(bodies[0] ?? '')).toHaveLength(3);
});

describe('a load', () => {
  test('at a fixed rate posts so often, however long the answers take, and times each from when it was due', async () => {
    const tally = newTally();
    const slow = posterOf(() => new Promise((resolve) => setTimeout(resolve, 100, ACCEPTED)));
    await runLoad({ seconds: 1, connections: 50, requestsPerSecond: 200 }, ['{}'], slow, tally, never);
    expect(tally.accepted).toBeGreaterThan(190);
    expect(tally.accepted).toBeLessThanOrEqual(201);
    expect(tally.latencies.quantileMs(0.01)).toBeGreaterThanOrEqual(98);
  });

  test('at a fixed rate does not pile up requests on a gateway that stands still', async () => {
    const tally = newTally();
    const stopped = Promise.withResolvers<Answer>();
    setTimeout(stopped.resolve, 500, { kind: 'unknown', cause: 'gone' });
    const plan = { seconds: 0.4, connections: 2, requestsPerSecond: 1_000 };
    await runLoad(
      plan,
      ['{}'],
      posterOf(() => stopped.promise),
      tally,
      never,
    );
    expect(tally.answers).toEqual(new Map([['no answer', 20]]));
    expect(tally.skipped).toBeGreaterThan(300);
    expect(tally.latencies.count).toBe(0);
  });

  test('at saturation has as many under way as it has connections, and stops when it is told to', async () => {
    const stop = new AbortController();
    const tally = newTally();
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
});

test('the command prints throughput, latencies and answers by status', async () => {
  const gateway = await startGateway();
  const load = ['--seconds', '0.5', '--rate', '50', '--events', '3'];
  const said = await thunderline(process.env, 'bench', 'ingest', '--url', gateway.url, ...load);
  expect(said).toMatch(/requests +2\d \(\d+\/s\)/);
  expect(said).toMatch(/answer ms +p50 [\d.]+ +p95 [\d.]+ +p99 [\d.]+ +max [\d.]+/);
  expect(said).toMatch(/answers +202: 2\d\n/);
  expect(said).toContain(`${gateway.published.length} accepted`);
  expect(gateway.published.length % 3).toBe(0);
  await gateway.close();
});
