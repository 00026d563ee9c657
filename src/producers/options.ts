import { integer, MEBIBYTE, option } from '../option.ts';

/** How events are batched on their way to Kafka. */
export const producerOptions = {
  lingerMs: option(
    'PRODUCER_LINGER_MS',
    integer(0, 1000),
    '1',
    'How long the gateway collects events while it has no request in flight to Kafka, in milliseconds.',
  ),
  batchBytes: option(
    'PRODUCER_BATCH_BYTES',
    integer(1024, MEBIBYTE),
    '524288',
    'Bytes at which a batch is sent at once.',
  ),
  deadlineMs: option(
    'PRODUCER_DEADLINE_MS',
    integer(100, 60_000),
    '4500',
    'How long Kafka may take to acknowledge before the answer is 503, in milliseconds.',
  ),
  bufferBytes: option(
    'PRODUCER_BUFFER_BYTES',
    integer(MEBIBYTE),
    String(64 * MEBIBYTE),
    'Bytes waiting for Kafka, at most; beyond it the gateway answers 503.',
  ),
} as const;
