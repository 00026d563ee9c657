import { expect, test } from '@jest/globals';
import { metricBodies } from '../../src/fleet/metric-bodies.ts';

test('bodies are the same in each run, and each differs from the others', () => {
  const bodies = metricBodies(64, 3, 1_000);
  expect(metricBodies(64, 3, 1_000)).toEqual(bodies);
  expect(new Set(bodies).size).toBe(64);
  expect(JSON.parse(bodies[0] ?? '')).toHaveLength(3);
});
