import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AccessRefused } from '../../src/access/access-refused.ts';
import { createAllowance } from '../../src/access/allowance.ts';
import { FailedAttempts } from '../../src/access/failed-attempts.ts';
import { networkOf } from '../../src/access/network-of.ts';
import { TokenBucket } from '../../src/access/token-bucket.ts';

const clock = () => {
  let ms = 1_000_000;
  const now = () => ms;
  const pass = (seconds: number) => {
    ms += seconds * 1_000;
  };
  return { now, pass };
};

const refusalOf = (work: () => unknown): AccessRefused => {
  try {
    work();
  } catch (error) {
    if (error instanceof AccessRefused) return error;
  }
  throw new Error('expected an AccessRefused');
};

describe('a token bucket', () => {
  test('never gives more than its capacity and its rate, whatever is asked when', () => {
    const step = fc.record({ passMs: fc.nat(5_000), cost: fc.integer({ min: 1, max: 300 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const rate = { perSecond: 50, capacity: 100 };
        const bucket = new TokenBucket(rate, 0);
        let nowMs = 0;
        let taken = 0;
        let largest = 0;
        for (const { passMs, cost } of steps) {
          nowMs += passMs;
          if (bucket.waitMs(cost, nowMs) > 0) continue;
          bucket.take(cost, nowMs);
          taken += cost;
          largest = Math.max(largest, cost);
          // What is larger than the bucket is lent: once, and paid back before anything else.
          const allowed = rate.capacity + (nowMs / 1_000) * rate.perSecond + Math.max(0, largest - rate.capacity);
          expect(taken).toBeLessThanOrEqual(allowed + 1e-6);
        }
      }),
    );
  });

  test('gives after the wait it names, and not before', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.integer({ min: 1, max: 500 }), (spent, cost) => {
        const bucket = new TokenBucket({ perSecond: 7, capacity: 100 }, 0);
        bucket.take(spent, 0);
        const waitMs = bucket.waitMs(cost, 0);
        expect(bucket.waitMs(cost, waitMs + 1e-6)).toBe(0);
        if (waitMs > 1) expect(bucket.waitMs(cost, waitMs - 1)).toBeGreaterThan(0);
      }),
    );
  });
});

describe('the allowance of a key', () => {
  test('says what is left in the headers of the draft', () => {
    const { now, pass } = clock();
    const allowance = createAllowance(
      { events: { perSecond: 10, capacity: 100 }, bytes: { perSecond: 1_000, capacity: 10_000 } },
      now,
    );
    allowance.spend(40, 2_000);
    expect(allowance.headers()).toEqual({
      'ratelimit-policy': '"events";q=100;w=10, "bytes";q=10000;qu="content-bytes";w=10',
      ratelimit: '"events";r=60;t=4, "bytes";r=8000;t=2',
    });
    pass(2);
    expect(allowance.headers().ratelimit).toBe('"events";r=80;t=2, "bytes";r=10000;t=0');
  });

  test('refuses a request while either limit is used up, with the wait', () => {
    const { now, pass } = clock();
    const allowance = createAllowance(
      { events: { perSecond: 10, capacity: 100 }, bytes: { perSecond: 1_000, capacity: 10_000 } },
      now,
    );
    allowance.requireCredit();
    allowance.spend(130, 1_000);
    const refusal = refusalOf(() => allowance.requireCredit());
    expect(refusal).toMatchObject({ code: 'rate_limited', details: { retryAfterSeconds: 4 } });
    expect(refusal.message).toContain('events');
    expect(refusal.details.limits?.ratelimit).toBe('"events";r=0;t=13, "bytes";r=9000;t=1');
    pass(4);
    allowance.requireCredit();
    allowance.spend(0, 20_000);
    expect(refusalOf(() => allowance.requireCredit()).message).toContain('bytes');
  });

  test('serves a batch larger than the limit in full, and makes up for it afterwards', () => {
    const { now, pass } = clock();
    const allowance = createAllowance({ events: { perSecond: 10, capacity: 100 } }, now);
    allowance.spend(500, 0);
    expect(allowance.headers().ratelimit).toBe('"events";r=0;t=50');
    expect(refusalOf(() => allowance.requireCredit()).details.retryAfterSeconds).toBe(41);
    pass(41);
    allowance.requireCredit();
  });

  test('gives back what was reserved and not used', () => {
    const { now } = clock();
    const allowance = createAllowance({ events: { perSecond: 10, capacity: 100 } }, now);
    allowance.spend(500, 0);
    allowance.spend(-450, 0);
    allowance.requireCredit();
    expect(allowance.headers().ratelimit).toBe('"events";r=50;t=5');
  });

  test('has no headers where it has no limits', () => {
    const allowance = createAllowance({}, Date.now);
    allowance.spend(1e9, 1e9);
    expect(allowance.headers()).toEqual({});
  });
});

describe('failed authentications', () => {
  const RATE = { perSecond: 1, capacity: 3 };

  test('are counted by address, and forgiven with time', () => {
    const failures = new FailedAttempts(RATE, 100);
    for (let count = 0; count < 3; count += 1) {
      expect(failures.retryAfterSeconds('192.0.2.1', 0)).toBe(0);
      failures.add('192.0.2.1', 0);
    }
    expect(failures.retryAfterSeconds('192.0.2.1', 0)).toBe(1);
    expect(failures.retryAfterSeconds('192.0.2.2', 0)).toBe(0);
    expect(failures.retryAfterSeconds('192.0.2.1', 1_000)).toBe(0);
  });

  test('take bounded memory: the address that failed longest ago is forgotten', () => {
    const failures = new FailedAttempts({ perSecond: 0.001, capacity: 1 }, 3);
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.1', '10.0.0.4']) failures.add(address, 0);
    expect(failures.size).toBe(3);
    expect(failures.retryAfterSeconds('10.0.0.2', 0)).toBe(0);
    expect(failures.retryAfterSeconds('10.0.0.1', 0)).toBeGreaterThan(0);
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('%s counts as %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
