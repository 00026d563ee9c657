import { expect, test } from '@jest/globals';
import { AccessRefused } from '../../src/access/access-refused.ts';
import { createAllowance } from '../../src/access/allowance.ts';

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

test('the headers of the draft contain what remains', () => {
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

test('a request is refused with the wait while either limit is used up', () => {
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

test('a batch larger than the limit is served in full, and paid back afterwards', () => {
  const { now, pass } = clock();
  const allowance = createAllowance({ events: { perSecond: 10, capacity: 100 } }, now);
  allowance.spend(500, 0);
  expect(allowance.headers().ratelimit).toBe('"events";r=0;t=50');
  expect(refusalOf(() => allowance.requireCredit()).details.retryAfterSeconds).toBe(41);
  pass(41);
  allowance.requireCredit();
});

test('an unused reservation is given back', () => {
  const { now } = clock();
  const allowance = createAllowance({ events: { perSecond: 10, capacity: 100 } }, now);
  allowance.spend(500, 0);
  allowance.spend(-450, 0);
  allowance.requireCredit();
  expect(allowance.headers().ratelimit).toBe('"events";r=50;t=5');
});

test('a key without limits has no headers', () => {
  const allowance = createAllowance({}, Date.now);
  allowance.spend(1e9, 1e9);
  expect(allowance.headers()).toEqual({});
});

test('a long body pauses while less than half of the bytes are left, and never because of its events', () => {
  const { now, pass } = clock();
  const allowance = createAllowance(
    { events: { perSecond: 10, capacity: 100 }, bytes: { perSecond: 1_000, capacity: 10_000 } },
    now,
  );
  allowance.spend(200, 5_000);
  expect(allowance.pauseMs()).toBe(0);
  allowance.spend(0, 2_000);
  expect(allowance.pauseMs()).toBe(2_000);
  pass(1.5);
  expect(allowance.pauseMs()).toBe(500);
  expect(createAllowance({ events: { perSecond: 1, capacity: 1 } }, now).pauseMs()).toBe(0);
});
