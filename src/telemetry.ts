import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** How a component reports what it does. Tracing will be a third member, so that it reaches every component at once. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
}
