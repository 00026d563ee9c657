import type { Tracer } from '@opentelemetry/api';
import type { Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/** How a component reports what it does. */
export interface Telemetry {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent: no spans. Without a collector it is that of OpenTelemetry's API, which makes none either. */
  readonly tracer?: Tracer | undefined;
}
