import type { Tracer } from '@opentelemetry/api';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** How a component reports what it does. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent without a collector: no spans are made, at no cost. */
  readonly tracer?: Tracer | undefined;
}
