import type { ErrorCode } from '../../errors.ts';
import { PROGRESS, RATE_LIMIT_HEADERS } from '../openapi/answers.ts';
import { eventSchemas } from '../openapi/event-schemas.ts';
import { JSON_EXAMPLES, NDJSON_EXAMPLE } from '../openapi/examples.ts';
import { ref, type Schema } from '../openapi/kinds.ts';
import type { Operation } from '../route.ts';
import type { IngestLimits } from './limits.ts';
import { ENCODINGS, FORMATS } from './media.ts';

const CODES: readonly ErrorCode[] = [
  'malformed_json',
  'invalid_encoding',
  'empty_batch',
  'body_too_large',
  'decoded_too_large',
  'too_many_events',
  'unsupported_media_type',
  'events_rejected',
  'kafka_unavailable',
];

const parameter = (name: string, description: string, schema: Schema): Schema => ({
  name,
  in: 'header',
  required: false,
  description,
  schema,
});

const answer = (description: string, schema: string): Schema => ({
  description,
  headers: RATE_LIMIT_HEADERS,
  content: { 'application/json': { schema: ref(schema) } },
});

/** The description of `POST /api/events/ml`. */
export const ingestOperation = (limits: IngestLimits): Operation => ({
  summary: 'Post events',
  description:
    'One event, an array of them, or NDJSON. The answer is 202 only after every in-sync replica of Kafka has the events. ' +
    'A rejected event is listed by its index and stored nowhere. Events that are sent again with the same ids are stored once.\n\n' +
    `At most ${limits.maxEvents} events in a request, ${limits.json.maxBytes} bytes an event, ${limits.maxBodyBytes} bytes ` +
    `on the wire and ${limits.maxDecodedBytes} decompressed.`,
  parameters: [
    parameter(
      'Idempotency-Key',
      'Identifies each event without an `event_id`, together with its content and the API key: the same event sent again ' +
        'under the same key is stored once, and a different event has a different id. Equal events in one request are ' +
        'numbered in their order: to send only some of them again, give each an `event_id`.',
      {
        type: 'string',
        pattern: '^[!-~]{1,255}$',
      },
    ),
    parameter(
      'Thunderline-Sent-At',
      'The time of the request by the clock of the sender, in epoch milliseconds. A timestamp more than 24 h ahead is then ' +
        'shifted by the difference to the time of receipt, and `metadata.original_timestamp` keeps the timestamp that was sent. ' +
        'Any other text is ignored.',
      { type: 'string' },
    ),
    parameter('Content-Encoding', 'The compression of the body.', { enum: [...ENCODINGS] }),
    parameter('traceparent', 'W3C Trace Context; an invalid one is replaced by a new one.', { type: 'string' }),
  ],
  requestBody: {
    required: true,
    content: Object.fromEntries(
      Object.entries(FORMATS).map(([type, format]) => [type, format === 'json' ? JSON_BODY(limits) : LINES_BODY]),
    ),
  },
  responses: {
    202: answer('Every event is stored in Kafka.', 'Accepted'),
    207: answer('Some events are stored, the others were rejected.', 'PartlyAccepted'),
  },
  problems: CODES,
  problemMembers: PROGRESS,
  schemas: eventSchemas(limits.event),
});

const JSON_BODY = ({ maxEvents }: IngestLimits): Schema => ({
  schema: { anyOf: [ref('Event'), { type: 'array', items: ref('Event'), minItems: 1, maxItems: maxEvents }] },
  examples: JSON_EXAMPLES,
});

const LINES_BODY: Schema = {
  schema: { type: 'string', description: 'One event in each line; blank lines are skipped.' },
  examples: { lines: NDJSON_EXAMPLE },
};
