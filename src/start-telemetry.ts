import type { Log } from './log.ts';
import { createMetrics } from './metrics.ts';
import type { Telemetry } from './telemetry.ts';
import { openTracing } from './tracing/open-tracing.ts';
import type { TracingConfig } from './tracing/options.ts';
import { version } from './version.ts';

/** The telemetry of a process, until it is stopped. */
export interface RunningTelemetry {
  readonly telemetry: Telemetry;
  /** Sends the waiting spans, within seconds. Never rejects. */
  stop(): Promise<void>;
}

/** Creates the metrics of this process, and the tracer whose spans go to the configured collector. */
export async function startTelemetry(config: TracingConfig, log: Log): Promise<RunningTelemetry> {
  const tracing = await openTracing(config, log);
  const metrics = createMetrics({ process: true });
  metrics.buildInfo.set({ version: version(), node: process.version }, 1);
  return {
    telemetry: { log, metrics, tracer: tracing?.tracer },
    stop: async () => tracing?.stop(),
  };
}
