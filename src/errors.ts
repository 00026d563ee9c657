/**
 * The closed list of error codes: what a fault means and, where a request can meet it, the HTTP status that carries it.
 *
 * A code never changes its meaning. `docs/errors.md` is generated from this table.
 */
export interface ErrorEntry {
  /** HTTP status of an answer with this code; null where no request meets it. */
  readonly status: number | null;
  /** One line: what it means and what to change. */
  readonly meaning: string;
}

export const ERRORS = {
  // Faults of one event: the request answers 422, or 207 when other events of it were taken.
  missing_field: { status: 422, meaning: 'A field that this event needs is absent. Add it.' },
  invalid_type: { status: 422, meaning: 'A field has the wrong JSON type. Send the type named in the message.' },
  invalid_value: { status: 422, meaning: 'A field is outside its allowed values or range. The message names them.' },
  too_long: { status: 422, meaning: 'A text is longer than its limit. Shorten it to the limit in the message.' },
  too_many: { status: 422, meaning: 'An object or array has more entries than its limit. Split the event.' },
  too_deep: { status: 422, meaning: 'Free-form JSON is nested deeper than the limit. Flatten it.' },
  control_character: { status: 422, meaning: 'A name or id holds a control character. Remove it.' },
  invalid_unicode: {
    status: 422,
    meaning: 'A text holds half of a surrogate pair, which UTF-8 cannot carry. Remove it.',
  },
  duplicate_key: { status: 422, meaning: 'An object names a key twice, and only one of them could be kept. Send one.' },
  forbidden_key: { status: 422, meaning: 'A metric is named __proto__. Rename it.' },
  field_conflict: { status: 422, meaning: 'A field is given twice with different values. Send one of them.' },
  unknown_prefix: {
    status: 422,
    meaning: 'The event name starts with none of the reserved prefixes. Use one of the six ml.* events.',
  },
  unsupported_event: {
    status: 422,
    meaning: 'The event name has a reserved prefix but is none of the six. Use one of the six ml.* events.',
  },
  invalid_timestamp: { status: 422, meaning: 'The timestamp is neither ISO 8601 nor epoch milliseconds.' },
  timestamp_in_future: {
    status: 422,
    meaning: 'The timestamp is more than 24 h ahead of the gateway. Set the clock of the sender.',
  },
  number_out_of_range: {
    status: 422,
    meaning: 'A number is beyond what a double holds. Send it as text, or "Infinity" in a metric.',
  },
  event_too_large: {
    status: 422,
    meaning: 'One event has more bytes than the limit. Move large content to an artifact.',
  },
  run_out_of_reach: {
    status: 422,
    meaning:
      'The API key is bound to runs, and the model_run_id of the event does not start with its prefix. Use such a run, or another key.',
  },

  // Faults of a whole request.
  malformed_json: { status: 400, meaning: 'The body is not JSON (RFC 8259). NaN and Infinity are sent as text.' },
  malformed_request: {
    status: 400,
    meaning: 'The request is not one this route understands. The message says what to change.',
  },
  invalid_encoding: {
    status: 400,
    meaning: 'The body is not valid UTF-8, or does not decompress. Send it again, encoded correctly.',
  },
  empty_batch: { status: 400, meaning: 'The body holds no event. Send at least one.' },
  unauthorized: { status: 401, meaning: 'No valid API key. Send one as "Authorization: Bearer KEY".' },
  forbidden: { status: 403, meaning: 'The API key lacks the scope this route needs. Use a key that has it.' },
  not_found: { status: 404, meaning: 'There is nothing at this address.' },
  method_not_allowed: {
    status: 405,
    meaning: 'This address exists, but not for this method. Allow names those it has.',
  },
  request_timeout: { status: 408, meaning: 'The request did not arrive in time. Send it again.' },
  body_too_large: { status: 413, meaning: 'The body has more bytes than the limit. Send it in parts, or compressed.' },
  decoded_too_large: {
    status: 413,
    meaning: 'The body has more bytes than the limit once it is decompressed. Send it in parts.',
  },
  too_many_events: { status: 413, meaning: 'The request holds more events than the limit. Send it in parts.' },
  unsupported_media_type: {
    status: 415,
    meaning: 'Content-Type or Content-Encoding is not supported. The message names those that are.',
  },
  expectation_failed: {
    status: 417,
    meaning: 'Expect names something other than 100-continue. Remove the header.',
  },
  misdirected_request: {
    status: 421,
    meaning: 'A server without API keys answers only to loopback hosts. Use localhost, or create a key.',
  },
  events_rejected: {
    status: 422,
    meaning: 'No event of the request was accepted. "rejected" lists the faults of each.',
  },
  headers_too_large: { status: 431, meaning: 'The head of the request has more bytes than the limit. Send fewer.' },
  rate_limited: { status: 429, meaning: 'The limit of this key or address is used up. Wait for Retry-After seconds.' },
  internal: { status: 500, meaning: 'The server failed in a way it does not know. Its log has the cause.' },
  transfer_coding_not_supported: {
    status: 501,
    meaning: 'Transfer-Encoding names a coding other than chunked. Compress with Content-Encoding instead.',
  },
  version_not_supported: { status: 505, meaning: 'The request is not HTTP/1.1 or HTTP/1.0. Send it as HTTP/1.1.' },
  overloaded: { status: 503, meaning: 'The gateway holds as much as it may. Wait for Retry-After seconds.' },
  kafka_unavailable: {
    status: 503,
    meaning: 'Kafka did not acknowledge in time. Wait for Retry-After seconds, then send it again with the same ids.',
  },
  database_unavailable: { status: 503, meaning: 'Postgres does not answer. Wait for Retry-After seconds.' },
  starting: {
    status: 503,
    meaning: 'The process is starting and does not serve all of its routes yet. Wait for Retry-After seconds.',
  },
  shutting_down: { status: 503, meaning: 'The gateway is stopping. Send it again, to another instance or later.' },

  // Causes of dead letters.
  tombstone: { status: null, meaning: 'A record without a value stands in a topic whose records all have one.' },
  not_wire_format: {
    status: null,
    meaning: 'The value is not in Confluent wire format (magic byte 0, schema id, Avro).',
  },
  unknown_schema: { status: null, meaning: 'The schema id is not in the registry.' },
  unexpected_record: { status: null, meaning: 'The value is a record this topic is not meant to hold.' },
  invalid_event: {
    status: null,
    meaning:
      'An event from another producer breaks a rule of docs/events.md. The message names the field and the rule.',
  },
  unreadable_batch: {
    status: null,
    meaning:
      'A whole record batch of Kafka could not be read, and an operator decided to skip it. The value is the batch.',
  },
  undecodable: { status: null, meaning: 'The bytes do not decode by the schema they name.' },
  record_too_large: { status: null, meaning: 'The record is too large for the topic it is to go to.' },
  rejected_by_database: {
    status: null,
    meaning: 'The tables cannot hold the data of this record: the message says which, or what Postgres answered.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;

/** A trouble of configuration or use that ends a command: its message is for the person who typed it. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly needsOperator = true;
}

/** Whether only an operator can remove the cause of an error: its class says so, and another attempt changes nothing. */
export const needsOperator = (error: unknown): boolean =>
  (error as { readonly needsOperator?: unknown } | undefined)?.needsOperator === true;
