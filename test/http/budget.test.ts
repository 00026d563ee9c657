import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Client } from '../../src/access/client.ts';
import { type Budget, createBudget, type Reservation } from '../../src/http/budget.ts';
import { createMetrics, type Metrics } from '../../src/metrics.ts';

const MAX = 1_200;
const create = ({ ingestBytes, ingestOverloads } = createMetrics()): Budget =>
  createBudget(MAX, { bytes: ingestBytes, overloads: ingestOverloads });
const client = (name: string | number): Client => `key:${name}`;

/** Takes bytes, and returns whether the budget had them. */
const takes = (lease: Reservation, bytes: number): boolean => {
  try {
    lease.take(bytes);
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^(overloaded|body_too_large)$/) });
    return false;
  }
};

/** Takes bytes one by one until the budget refuses. */
const fill = (budget: Budget, name: string | number): number => {
  let taken = 0;
  while (taken < MAX && takes(budget.lease(client(name)), 1)) taken += 1;
  return taken;
};

/** The causes for which a budget has refused bytes. */
const causesOf = async (own: Metrics): Promise<unknown[]> =>
  (await own.ingestOverloads.get()).values.filter(({ value }) => value > 0).map(({ labels }) => labels.cause);

describe('a budget', () => {
  test('lets one client use half, two a third each, n an (n + 1)th: a new client always finds room', () => {
    const budget = create();
    expect(fill(budget, 'one')).toBe(600);
    expect(fill(budget, 'other')).toBe(300);
    for (let count = 0; count < 5; count += 1) expect(fill(budget, count)).toBeGreaterThan(0);
  });

  test('never holds more than its bound, whatever is taken and released', async () => {
    const step = fc.record({ who: fc.nat(3), bytes: fc.nat(700), releases: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const own = createMetrics();
        const budget = create(own);
        const leases = [];
        let held = 0;
        for (const { who, bytes, releases } of steps) {
          if (releases) leases.pop()?.release();
          const lease = budget.lease(client(who));
          leases.push(lease);
          takes(lease, bytes);
          held = (await own.ingestBytes.get()).values[0]?.value ?? 0;
          expect(held).toBeLessThanOrEqual(MAX);
        }
        for (const lease of leases) lease.release();
        for (const lease of leases) lease.release();
        expect((await own.ingestBytes.get()).values[0]?.value).toBe(0);
      }),
    );
  });

  test('lends what can be done without exactly while it would lend it, and counts no overload for it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.nat(700), async (first, more) => {
        const own = createMetrics();
        const lent = (budget: Budget): Reservation => {
          const lease = budget.lease(client('a'));
          lease.tryTake(first);
          return lease;
        };
        expect(lent(create(own)).tryTake(more)).toBe(takes(lent(create()), more));
        expect(await causesOf(own)).toEqual([]);
      }),
    );
  });

  test.each([
    ['a request that never fits', (budget: Budget) => budget.lease(client('a')).take(601), 'body_too_large'],
    [
      'a client beyond its share',
      (budget: Budget) => {
        fill(budget, 'a');
        budget.lease(client('a')).take(1);
      },
      'overloaded',
    ],
    [
      'a client that would have to hold more than is left',
      (budget: Budget) => {
        for (const name of 'abcd') fill(budget, name);
        budget.lease(client('e')).require(200);
      },
      'overloaded',
    ],
  ])('refuses %s', (_, use, code) => {
    expect(() => use(create())).toThrow(expect.objectContaining({ code }));
  });

  test('counts refusals by their cause', async () => {
    const own = createMetrics();
    const budget = create(own);
    fill(budget, 'a');
    for (const name of 'bcd') fill(budget, name);
    expect(() => budget.lease(client('f')).require(500)).toThrow('the gateway is holding');
    expect((await causesOf(own)).toSorted()).toEqual(['bytes_in_flight', 'client_share']);
  });

  test('reports to /health/ready while it is nearly full, and names the setting', async () => {
    const budget = create();
    expect(await budget.probe.check()).toBeUndefined();
    const leases = Array.from({ length: 20 }, (_, at) => budget.lease(client(at)));
    for (const lease of leases) lease.hold(57);
    expect(await budget.probe.check()).toMatch(/20 clients hold 1140 of 1200 bytes \(GATEWAY_BYTES_IN_FLIGHT\)/);
    for (const lease of leases) lease.release();
    expect(await budget.probe.check()).toBeUndefined();
  });
});
