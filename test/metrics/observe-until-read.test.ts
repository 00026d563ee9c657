import { expect, test } from '@jest/globals';
import { Histogram, Registry } from 'prom-client';
import { observeUntilRead } from '../../src/metrics/observe-until-read.ts';
import { createMetrics, startAtZero } from '../../src/metrics.ts';

const EDGES = [0.125, 0.5, 1];

/** Values on, below and above each edge; powers of two, so that their sums do not depend on the order. */
const VALUES = [0, 0.0625, 0.125, 0.25, 0.5, 0.75, 1, 2, 1_000];

function histogram(): { readonly instrument: Histogram<'route'>; readonly registry: Registry } {
  const registry = new Registry();
  const settings = {
    name: 'seconds',
    help: 'x',
    labelNames: ['route'] as const,
    buckets: EDGES,
    registers: [registry],
  };
  return { instrument: new Histogram(settings), registry };
}

test('the text is the same as that of prom-client, for each series and after each reading', async () => {
  const ours = histogram();
  const theirs = histogram();
  const observe = observeUntilRead(ours.instrument);
  const series = ['/a', '/b', '/a'].map((route) => ({ route, observe: observe({ route }) }));
  for (let round = 0; round < 3; round += 1) {
    for (const value of VALUES.slice(round)) {
      for (const one of series) {
        one.observe(value);
        theirs.instrument.observe({ route: one.route }, value);
      }
    }
    expect(await ours.registry.metrics()).toBe(await theirs.registry.metrics());
  }
});

test('a histogram without labels, and one whose series started at zero', async () => {
  const [ours, theirs] = [createMetrics(), createMetrics()];
  for (const metrics of [ours, theirs]) startAtZero(metrics, { route: ['/x'] });
  const [ingest, http] = [
    observeUntilRead(ours.ingestSeconds)({}),
    observeUntilRead(ours.httpSeconds)({ route: '/x' }),
  ];
  for (const value of VALUES) {
    ingest(value);
    http(value);
    theirs.ingestSeconds.observe({ value });
    theirs.httpSeconds.observe({ route: '/x' }, value);
  }
  // A direct observation and the sums add up.
  for (const metrics of [ours, theirs]) metrics.httpSeconds.observe({ route: '/x' }, 3);
  expect(await ours.registry.metrics()).toBe(await theirs.registry.metrics());
});

test('an unread histogram holds no more than its buckets, and a second reading adds nothing', async () => {
  const { instrument, registry } = histogram();
  const observe = observeUntilRead(instrument)({ route: '/a' });
  for (let count = 0; count < 10_000; count += 1) observe(0.25);
  const first = await registry.metrics();
  expect(first).toContain('seconds_count{route="/a"} 10000');
  expect(first).toContain('seconds_bucket{le="0.5",route="/a"} 10000');
  expect(await registry.metrics()).toBe(first);
});
