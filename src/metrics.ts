import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/**
 * The closed list of metrics. Labels have values from closed lists too (routes, consumers, topics, codes), so the number of
 * series is bounded. The label `stage` names the consumer. `docs/metrics.md` is generated from this table.
 */
export const METRICS = {
  httpRequests: {
    kind: 'counter',
    name: 'http_requests_total',
    labels: ['route', 'status'],
    help: 'Requests answered.',
  },
  httpSeconds: {
    kind: 'histogram',
    name: 'http_request_seconds',
    labels: ['route'],
    help: 'Time from the first byte of a request to the last of its answer.',
  },
  httpConnections: {
    kind: 'gauge',
    name: 'http_connections',
    labels: [],
    help: 'Open connections.',
  },
  httpConnectionsClosed: {
    kind: 'counter',
    name: 'http_connections_closed_total',
    labels: ['reason'],
    help: 'Connections closed to protect the process, by reason: full, share, pipelining, stalled, chunks.',
  },
  accessRefused: {
    kind: 'counter',
    name: 'access_refused_total',
    labels: ['code'],
    help: 'Requests refused for lack of access, by error code.',
  },
  ingestEvents: {
    kind: 'counter',
    name: 'ingest_events_total',
    labels: ['result'],
    help: 'Events posted, by result: accepted, rejected, unavailable.',
  },
  ingestFaults: {
    kind: 'counter',
    name: 'ingest_faults_total',
    labels: ['code'],
    help: 'Faults found in posted events, by error code.',
  },
  ingestBytes: {
    kind: 'gauge',
    name: 'ingest_held_bytes',
    labels: [],
    help: 'Bytes of requests being read, waiting for Kafka, or with an unread answer.',
  },
  ingestOverloads: {
    kind: 'counter',
    name: 'ingest_overloads_total',
    labels: ['cause'],
    help:
      'Requests answered 503 overloaded, by cause: bytes_in_flight (GATEWAY_BYTES_IN_FLIGHT is used up), client_share (one ' +
      'client holds its share of it), producer_buffer (PRODUCER_BUFFER_BYTES is used up).',
  },
  gatewayRestarts: {
    kind: 'counter',
    name: 'gateway_worker_restarts_total',
    labels: [],
    help: 'Worker processes of the gateway that ended unexpectedly and were replaced.',
  },
  producerRecords: {
    kind: 'counter',
    name: 'producer_records_total',
    labels: ['result'],
    help: 'Records sent to Kafka, by result: acknowledged, failed.',
  },
  producerSends: {
    kind: 'histogram',
    name: 'producer_send_seconds',
    labels: [],
    help: 'Time until Kafka acknowledges a batch.',
  },
  producerIncomplete: {
    kind: 'counter',
    name: 'producer_incomplete_acks_total',
    labels: [],
    help: 'Acknowledgements that omitted a partition; its records were sent again.',
  },
  producerQueuedBytes: {
    kind: 'gauge',
    name: 'producer_queued_bytes',
    labels: [],
    help: 'Bytes waiting for an acknowledgement of Kafka.',
  },
  stageRecords: {
    kind: 'counter',
    name: 'stage_records_total',
    labels: ['stage', 'result'],
    help: 'Records handled by a consumer, by result: emitted, stored, dropped, rejected.',
  },
  stageSeconds: {
    kind: 'histogram',
    name: 'stage_chunk_seconds',
    labels: ['stage'],
    help: 'Time from the start of a chunk of records until its results are durable.',
  },
  stageLatency: {
    kind: 'histogram',
    name: 'stage_latency_seconds',
    labels: ['stage'],
    help: 'Time from the acceptance of an event until a consumer commits it, for the oldest event of each chunk.',
  },
  stageLag: {
    kind: 'gauge',
    name: 'stage_lag_records',
    labels: ['stage', 'topic', 'partition'],
    help: 'Records between the committed offset and the end of the partition.',
  },
  stageLost: {
    kind: 'counter',
    name: 'stage_lost_records_total',
    labels: ['stage', 'topic', 'partition'],
    help: 'Records that retention deleted before the consumer read them.',
  },
  stageRetries: {
    kind: 'counter',
    name: 'stage_retries_total',
    labels: ['stage'],
    help: 'Failed attempts that are retried because a dependency may recover.',
  },
  stageWaiting: {
    kind: 'gauge',
    name: 'stage_waiting',
    labels: ['stage', 'topic'],
    help: 'Partitions that wait for a dependency to recover.',
  },
  stageBreaker: {
    kind: 'gauge',
    name: 'stage_breaker_open',
    labels: ['stage', 'topic'],
    help: '1 while a consumer is stopped because it rejected too many records: see its log and ml.deadletters.',
  },
  stageRewinds: {
    kind: 'counter',
    name: 'stage_rewinds_total',
    labels: ['stage', 'topic', 'partition'],
    help: 'Times a partition was read from its first record because its topic was deleted and created again.',
  },
  stageRestarts: {
    kind: 'counter',
    name: 'stage_restarts_total',
    labels: ['stage'],
    help: 'Restarts of a consumer after a crash.',
  },
  archiveObjects: {
    kind: 'counter',
    name: 'archive_objects_total',
    labels: [],
    help: 'Objects written to the archive.',
  },
  archiveBytes: {
    kind: 'counter',
    name: 'archive_bytes_total',
    labels: [],
    help: 'Compressed bytes of the objects written to the archive.',
  },
  archiveBuffered: {
    kind: 'gauge',
    name: 'archive_buffered_bytes',
    labels: [],
    help: 'Bytes of incomplete objects, whose offsets are not committed yet.',
  },
  postgresRows: {
    kind: 'counter',
    name: 'postgres_rows_total',
    labels: ['table'],
    help: 'Rows added or changed, by table. Records that were stored before change none.',
  },
  deadLetters: {
    kind: 'counter',
    name: 'dead_letters_total',
    labels: ['stage', 'reason'],
    help: 'Records dead-lettered, by error code.',
  },
} as const satisfies Readonly<
  Record<string, { kind: 'counter' | 'gauge' | 'histogram'; name: string; labels: readonly string[]; help: string }>
>;

type Kinds<L extends string> = { counter: Counter<L>; gauge: Gauge<L>; histogram: Histogram<L> };

/** One instrument for each entry of {@link METRICS}, and their registry. */
export type Metrics = {
  readonly [Name in keyof typeof METRICS]: Kinds<
    (typeof METRICS)[Name]['labels'][number]
  >[(typeof METRICS)[Name]['kind']];
} & { readonly registry: Registry };

/** Reads the value of a gauge only when the gauge is collected: thousands of changes a second cost nothing. */
export function setWhenRead(gauge: Gauge, value: () => number): void {
  Object.assign(gauge, { collect: () => gauge.set(value()) });
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

/** Creates separate instruments, so that two systems in one process do not add up. Call {@link Registry.clear} at the end. */
export function createMetrics({ process: withProcess }: { process: boolean } = { process: false }): Metrics {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry });
  const constructors = { counter: Counter, gauge: Gauge, histogram: Histogram };
  const entries = Object.entries(METRICS).map(([key, { kind, name, labels, help }]) => {
    const settings = { name: `thunderline_${name}`, help, labelNames: [...labels], registers: [registry] };
    return [key, new constructors[kind](kind === 'histogram' ? { ...settings, buckets: SECONDS } : settings)];
  });
  return { ...Object.fromEntries(entries), registry } as Metrics;
}
