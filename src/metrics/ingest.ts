import { codesWithStatus } from './codes-with-status.ts';
import type { MetricTable } from './metric.ts';

/** Events on their way from a client to Kafka. */
export const INGEST_METRICS = {
  ingestEvents: {
    kind: 'counter',
    name: 'ingest_events_total',
    labels: ['result'],
    values: { result: ['accepted', 'rejected', 'unavailable'] },
    help: 'Events posted, by result: accepted, rejected, unavailable.',
  },
  ingestFaults: {
    kind: 'counter',
    name: 'ingest_faults_total',
    labels: ['code'],
    values: { code: codesWithStatus(422) },
    help: 'Faults found in posted events, by error code.',
  },
  ingestSeconds: {
    kind: 'histogram',
    name: 'ingest_acknowledge_seconds',
    labels: [],
    help: 'Time from the last byte of a request until every in-sync replica has its events, of requests with an accepted event.',
    exemplars: true,
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
    values: { cause: ['bytes_in_flight', 'client_share', 'producer_buffer'] },
    help:
      'Requests answered 503 overloaded, by cause: bytes_in_flight (GATEWAY_BYTES_IN_FLIGHT is used up), client_share (one ' +
      'client holds its share of it), producer_buffer (PRODUCER_BUFFER_BYTES is used up).',
  },
  producerRecords: {
    kind: 'counter',
    name: 'producer_records_total',
    labels: ['result'],
    values: { result: ['acknowledged', 'failed'] },
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
} as const satisfies MetricTable;
