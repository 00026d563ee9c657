import type { Counter, Gauge } from 'prom-client';

/** Reads the value of a gauge only when the gauge is collected: thousands of changes a second cost nothing. */
export function setWhenRead(gauge: Gauge, value: () => number): void {
  Object.assign(gauge, { collect: () => gauge.set(value()) });
}

/** Does the same for a gauge with labels, whose series have different owners: each adds its own. */
export function alsoWhenRead(gauge: object, read: () => void): void {
  const { collect: before } = gauge as { collect?: () => void };
  Object.assign(gauge, {
    collect() {
      before?.call(gauge);
      read();
    },
  });
}

/**
 * Counts in a map for hot paths, because prom-client checks and hashes the labels at each increment. The counter gets the
 * sums when it is collected, each with the labels of its key.
 */
export function countUntilRead<L extends string>(
  counter: Counter<L>,
  labelsOf: (key: string) => Partial<Record<L, string>>,
): (key: string, count: number) => void {
  const sums = new Map<string, number>();
  const { collect: before } = counter as { collect?: () => void };
  Object.assign(counter, {
    collect() {
      before?.call(counter);
      for (const [key, sum] of sums) counter.inc(labelsOf(key), sum);
      sums.clear();
    },
  });
  return (key, count) => void sums.set(key, (sums.get(key) ?? 0) + count);
}
