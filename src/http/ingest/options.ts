import { integer, MEBIBYTE, option, type Values } from '../../option.ts';

/** The bounds of a posted body and of the events in it. */
export const ingestOptions = {
  maxBodyBytes: option(
    'INGEST_MAX_BODY_BYTES',
    integer(1024),
    String(32 * MEBIBYTE),
    'Bytes of a posted body as they arrive over the wire, at most.',
  ),
  maxDecodedBytes: option(
    'INGEST_MAX_DECODED_BYTES',
    integer(1024, 512 * MEBIBYTE),
    String(32 * MEBIBYTE),
    'Bytes of a posted body after decompression, at most.',
  ),
  maxEvents: option('INGEST_MAX_EVENTS', integer(1), '10000', 'Events in one request, at most.'),
  maxEventBytes: option(
    'INGEST_MAX_EVENT_BYTES',
    integer(256, MEBIBYTE),
    '262144',
    'Bytes of one event as JSON, at most.',
  ),
  maxDepth: option('INGEST_MAX_DEPTH', integer(1, 100), '32', 'Levels of free-form JSON, at most.'),
  maxKeys: option(
    'INGEST_MAX_KEYS',
    integer(1),
    '10000',
    'Entries of one free-form JSON object, nested ones included, at most; unknown fields count with metadata.',
  ),
  maxMetrics: option('INGEST_MAX_METRICS', integer(1), '1000', 'Metrics in one event, at most.'),
  maxTextLength: option(
    'INGEST_MAX_TEXT_LENGTH',
    integer(1, MEBIBYTE),
    '65536',
    'Length of a text field such as error_message, in UTF-16 units, at most.',
  ),
  maxBytesInFlight: option(
    'GATEWAY_BYTES_IN_FLIGHT',
    integer(MEBIBYTE),
    String(96 * MEBIBYTE),
    'Bytes of requests being read or waiting for Kafka in one process, at most; beyond it the answer is 503. One client ' +
      'may hold as many of them as are free, one JSON body half of them.',
  ),
} as const;

export type IngestConfig = Values<typeof ingestOptions>;
