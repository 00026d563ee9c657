import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Log } from '../log.ts';
import { OutageLog } from '../outage-log.ts';

/** ExportResultCode.SUCCESS. Its package is loaded with the SDK only. */
const SUCCESS = 0;

/** An exporter whose failures are in the log. The SDK itself reports them to a logger that is silent by default. */
export function reportedExporter(exporter: SpanExporter, url: string, log: Log): SpanExporter {
  const outages = new OutageLog(log);
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code === SUCCESS) outages.recovered(url, { url }, 'the collector accepts spans again');
        else
          outages.failed(url, { url, spans: spans.length, cause: result.error }, 'cannot send spans; they are dropped');
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
