import type { Gauge } from 'prom-client';

/** Removes every series of a gauge, so that an old value is not mistaken for a current one. */
export function clearGauge(gauge: Gauge): void {
  gauge.reset();
  // prom-client starts a gauge without labels at 0 again.
  gauge.remove({});
}
