import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type QuotaLimits, Quotas } from '../../src/access/quotas.ts';

const LIMITS: QuotaLimits = { events: { perSecond: 10, capacity: 100 }, bytes: { perSecond: 1e6, capacity: 1e9 } };

const refuses = (quotas: Quotas, key: string): boolean => {
  try {
    quotas.of(key).requireCredit();
    return false;
  } catch {
    return true;
  }
};

test('processes that exchange their usage grant one quota together, however requests are spread', () => {
  const step = fc.record({ process: fc.nat(3), events: fc.integer({ min: 1, max: 30 }), passMs: fc.nat(500) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      let nowMs = 0;
      const processes = [0, 1, 2, 3].map(() => new Quotas(LIMITS, () => nowMs, 7, true));
      let accepted = 0;
      for (const { process, events, passMs } of steps) {
        nowMs += passMs;
        const quotas = processes[process] as Quotas;
        if (!refuses(quotas, 'a')) {
          quotas.of('a').spend(events, 0);
          accepted += events;
        }
        const usage = quotas.takeUsage();
        for (const other of processes) if (other !== quotas) other.apply(usage);
        // The last request may overdraw what was left.
        expect(accepted).toBeLessThanOrEqual(100 + nowMs / 100 + 30);
      }
    }),
  );
});

test('usage is sent to the other processes once, and usage of another process is not forwarded', () => {
  const [one, other] = [new Quotas(LIMITS, () => 0, 7, true), new Quotas(LIMITS, () => 0, 7, true)];
  one.of('a').spend(3, 40);
  one.of('a').spend(2, 10);
  const usage = one.takeUsage();
  expect(usage).toEqual([{ keyId: 'a', events: 5, bytes: 50, trials: 0, metrics: 0, fingerprints: [] }]);
  expect(one.takeUsage()).toEqual([]);
  other.apply(usage);
  expect(other.takeUsage()).toEqual([]);
  expect(other.of('a').headers().ratelimit).toContain('"events";r=95;');
});

test('a process alone collects nothing for others', () => {
  const quotas = new Quotas(LIMITS, () => 0, 7, false);
  quotas.of('a').spend(3, 40);
  expect(quotas.takeUsage()).toEqual([]);
});
