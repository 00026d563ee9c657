import { oneOf, option, optional, share, text, urlWithoutCredentials, type Values } from '../option.ts';

/** Where spans go. The names and meanings are OpenTelemetry's own. */
export const tracingOptions = {
  endpoint: option(
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    optional(urlWithoutCredentials('OTEL_EXPORTER_OTLP_HEADERS', 'http:', 'https:')),
    undefined,
    'Collector of spans, OTLP over HTTP, such as `http://localhost:4318`; absent: no spans, at no cost.',
  ),
  tracesEndpoint: option(
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    optional(urlWithoutCredentials('OTEL_EXPORTER_OTLP_HEADERS', 'http:', 'https:')),
    undefined,
    'The whole address for spans, if it is not `/v1/traces` of the collector.',
  ),
  protocol: option(
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    oneOf(['http/protobuf', 'http/json']),
    'http/protobuf',
    'Encoding of the spans: `http/protobuf` or `http/json`.',
  ),
  sampledShare: option(
    'OTEL_TRACES_SAMPLER_ARG',
    share,
    '1',
    'Share of the requests without a `traceparent` whose traces are recorded, above 0. A caller that sends one has decided itself, by its flag.',
  ),
  serviceName: option('OTEL_SERVICE_NAME', text, 'thunderline', 'Name of this service in its spans.'),
} as const;

export type TracingConfig = Values<typeof tracingOptions>;
