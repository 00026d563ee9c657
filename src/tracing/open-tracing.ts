import { setTimeout as sleep } from 'node:timers/promises';
import type { Tracer } from '@opentelemetry/api';
import type { Log } from '../log.ts';
import type { TracingConfig } from './options.ts';
import { reportedExporter } from './reported-exporter.ts';

/** A tracer whose spans go to a collector. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends the waiting spans. Resolves after {@link STOP_MS} in any case. */
  stop(): Promise<void>;
}

/** Spans that wait for the collector, at most; further ones are dropped. */
const QUEUE = { maxQueueSize: 2_048, maxExportBatchSize: 512, scheduledDelayMillis: 1_000 } as const;
const STOP_MS = 2_000;

/**
 * Loads the SDK of OpenTelemetry if a collector is configured; otherwise resolves to undefined, and nothing of it is loaded.
 * The variables of OpenTelemetry for headers, time limit, compression and certificates of the exporter, and for attributes of
 * the resource, are read by the SDK itself.
 */
export async function openTracing(config: TracingConfig, log: Log): Promise<Tracing | undefined> {
  const url = addressOf(config);
  if (url === undefined) return undefined;
  const [sdk, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/resources'),
    config.protocol === 'http/json'
      ? import('@opentelemetry/exporter-trace-otlp-http')
      : import('@opentelemetry/exporter-trace-otlp-proto'),
  ]);
  const { defaultResource, detectResources, envDetector, resourceFromAttributes } = resources;
  const exporter = reportedExporter(new OTLPTraceExporter({ url }), url, log);
  const provider = new sdk.TracerProvider({
    resource: defaultResource()
      .merge(detectResources({ detectors: [envDetector] }))
      .merge(resourceFromAttributes({ 'service.name': config.serviceName })),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(config.sampledShare) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter, ...QUEUE })],
  });
  return {
    tracer: provider.getTracer('thunderline'),
    async stop() {
      // An unavailable collector must not hold up the stop of the process; its failure is in the log.
      await Promise.race([provider.shutdown().catch(() => undefined), sleep(STOP_MS, undefined, { ref: false })]);
    },
  };
}

function addressOf({ endpoint, tracesEndpoint }: TracingConfig): string | undefined {
  if (tracesEndpoint !== undefined) return tracesEndpoint.toString();
  return endpoint && `${endpoint.toString().replace(/\/+$/, '')}/v1/traces`;
}
