/**
 * The closed list of error codes: the meaning of each and, for a code that a request can get, its HTTP status.
 *
 * A code never changes its meaning. `docs/errors.md` is generated from this table.
 */
export interface ErrorEntry {
  /** HTTP status of an answer with this code; null for a code of dead letters only. */
  readonly status: number | null;
  /** One line: the cause and the remedy. */
  readonly meaning: string;
}

export const ERRORS = {
  // Faults of one event: the answer is 422, or 207 if other events of the request were accepted.
  missing_field: { status: 422, meaning: 'A required field is absent. Add it.' },
  invalid_type: { status: 422, meaning: 'A field has the wrong JSON type. Send the type named in the message.' },
  invalid_value: { status: 422, meaning: 'A field is outside its allowed values or range. The message names them.' },
  too_long: { status: 422, meaning: 'A text is longer than its limit. Shorten it to the limit in the message.' },
  too_many: { status: 422, meaning: 'An object or array has more entries than its limit. Split the event.' },
  too_deep: { status: 422, meaning: 'Free-form JSON is nested deeper than the limit. Flatten it.' },
  control_character: {
    status: 422,
    meaning: 'A name or id contains a control character, or a text contains NUL. Remove it.',
  },
  invalid_unicode: {
    status: 422,
    meaning: 'A text contains half of a surrogate pair, which UTF-8 cannot encode. Remove it.',
  },
  duplicate_key: { status: 422, meaning: 'An object has the same key twice. Send it once.' },
  forbidden_key: { status: 422, meaning: 'A metric is named __proto__. Rename it.' },
  field_conflict: { status: 422, meaning: 'A field is given twice with different values. Send one of them.' },
  unknown_prefix: {
    status: 422,
    meaning: 'The event name starts with none of the reserved prefixes. Use one of the six ml.* events.',
  },
  unsupported_event: {
    status: 422,
    meaning: 'The event name has a reserved prefix but is not a known event. Use one of the six ml.* events.',
  },
  invalid_timestamp: {
    status: 422,
    meaning:
      'The timestamp is neither ISO 8601 nor epoch milliseconds, or outside the years 1 to 9999. The message names the unit that a number seems to be in.',
  },
  timestamp_in_future: {
    status: 422,
    meaning:
      'The timestamp is more than 24 h ahead of the gateway. Correct the clock of the sender, or send the header Thunderline-Sent-At.',
  },
  number_out_of_range: {
    status: 422,
    meaning:
      'A number is too large for a double, or so small that it would become 0. Send it as text, or "Infinity" as a metric value.',
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
  too_many_new_names: {
    status: 422,
    meaning:
      'The API key has introduced more new trials or metric names than its limit within an hour. Put the varying part of the names into step, parameters or metadata, or raise the limit.',
  },

  // Problems of a whole request.
  malformed_json: { status: 400, meaning: 'The body is not JSON (RFC 8259). Send NaN and Infinity as text.' },
  malformed_request: {
    status: 400,
    meaning: 'The request does not fit this route. The message names what to change.',
  },
  invalid_encoding: {
    status: 400,
    meaning:
      'The body is not valid UTF-8, or cannot be decompressed completely. Encode it correctly and send it again.',
  },
  empty_batch: { status: 400, meaning: 'The body contains no event. Send at least one.' },
  checksum_mismatch: {
    status: 400,
    meaning: 'The body does not have the checksum that the request states, so nothing is stored. Send it again.',
  },
  cursor_mismatch: {
    status: 400,
    meaning:
      'The cursor is of a list with another filter or order. Use each next_cursor with the parameters it came from.',
  },
  unauthorized: { status: 401, meaning: 'The request has no valid API key. Send one as "Authorization: Bearer KEY".' },
  forbidden: {
    status: 403,
    meaning: 'The API key lacks the scope this route needs, or is bound to other runs. Use a key that reaches it.',
  },
  cross_origin: {
    status: 403,
    meaning:
      'A page of another origin sent the request, and a session, or a server without API keys, serves only its own pages. Use an API key.',
  },
  insecure_transport: {
    status: 403,
    meaning: 'A session cannot start over plain HTTP, except on a loopback host. Use https.',
  },
  not_found: { status: 404, meaning: 'No route has this address.' },
  method_not_allowed: {
    status: 405,
    meaning: 'The address does not support this method. The Allow header lists the methods that it supports.',
  },
  request_timeout: { status: 408, meaning: 'The request did not arrive in time. Send it again.' },
  command_spent: {
    status: 409,
    meaning:
      'The trial has ended, or the study was started, by an earlier command, so this one would change nothing. The member "faults" lists each; "npx thunderline queue retry" runs ended trials again.',
  },
  body_too_large: { status: 413, meaning: 'The body has more bytes than the limit. Send it in parts, or compressed.' },
  decoded_too_large: {
    status: 413,
    meaning: 'The decompressed body has more bytes than the limit. Send it in parts.',
  },
  too_many_events: { status: 413, meaning: 'The request contains more events than the limit. Send it in parts.' },
  unsupported_media_type: {
    status: 415,
    meaning: 'The Content-Type or Content-Encoding is not supported. The message lists the supported ones.',
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
    meaning: 'No event of the request was accepted. The member "rejected" lists the faults of each.',
  },
  command_rejected: {
    status: 422,
    meaning: 'The command breaks a rule. The member "faults" lists every fault; correct them and send it again.',
  },
  headers_too_large: { status: 431, meaning: 'The headers of the request have more bytes than the limit. Send fewer.' },
  rate_limited: { status: 429, meaning: 'The limit of this key or address is used up. Wait for Retry-After seconds.' },
  internal: { status: 500, meaning: 'Unexpected server error. The log of the server has the cause.' },
  transfer_coding_not_supported: {
    status: 501,
    meaning: 'Transfer-Encoding names a coding other than chunked. Compress with Content-Encoding instead.',
  },
  version_not_supported: { status: 505, meaning: 'The request is not HTTP/1.1 or HTTP/1.0. Send it as HTTP/1.1.' },
  overloaded: {
    status: 503,
    meaning:
      'The server is at a limit of its own: of memory, of live feeds, or of look-ups of keys. Wait for Retry-After seconds.',
  },
  kafka_unavailable: {
    status: 503,
    meaning:
      'Kafka did not answer in time. Wait for Retry-After seconds, then send the same request again: its events or its command are not acknowledged.',
  },
  database_unavailable: { status: 503, meaning: 'Postgres does not respond. Wait for Retry-After seconds.' },
  query_too_heavy: {
    status: 503,
    meaning: 'The query takes longer than QUERY_TIMEOUT_MS. Narrow it: one run, fewer trials, a shorter range.',
  },
  index_incomplete: {
    status: 503,
    meaning: 'The index of trials is being filled after an update. Wait for Retry-After seconds.',
  },
  store_unavailable: {
    status: 503,
    meaning:
      'The object store does not respond, or refuses the request. Wait for Retry-After seconds, then send it again.',
  },
  starting: {
    status: 503,
    meaning: 'The process is starting and does not serve all of its routes yet. Wait for Retry-After seconds.',
  },
  shutting_down: {
    status: 503,
    meaning: 'The gateway is stopping. Send the request again, to another instance or later.',
  },

  // Reasons of dead letters.
  tombstone: { status: null, meaning: 'The record has no value, but every record of its topic must have one.' },
  not_wire_format: {
    status: null,
    meaning: 'The value is not in Confluent wire format (magic byte 0, schema id, Avro).',
  },
  unknown_schema: { status: null, meaning: 'The registry has no schema with the id of the record.' },
  unexpected_record: { status: null, meaning: 'The value is of a record type that does not belong in its topic.' },
  invalid_event: {
    status: null,
    meaning:
      'An event from another producer breaks a rule of docs/events.md. The message names the field and the rule.',
  },
  invalid_command: {
    status: null,
    meaning:
      'A command from another producer breaks a rule of docs/bridge.md. The message names the field and the rule.',
  },
  unreadable_batch: {
    status: null,
    meaning:
      'A whole record batch of Kafka could not be read, and an operator decided to skip it. The value is the batch.',
  },
  undecodable: { status: null, meaning: 'The value cannot be decoded with its schema.' },
  record_too_large: { status: null, meaning: 'The result of the record is too large for its topic.' },
  rejected_by_mlflow: {
    status: null,
    meaning:
      'MLflow refuses the data of this record, or its run. The record is in the tables. The message is that of MLflow.',
  },
  rejected_by_database: {
    status: null,
    meaning:
      'The tables cannot store the data of this record. The message names the field, or contains the error of Postgres.',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;

/** An error of configuration or usage that ends a command. Its message is for the person who ran the command. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly needsOperator = true;
}

/** Whether only an operator can remove the cause of an error, so that another attempt changes nothing; a flag of its class. */
export const needsOperator = (error: unknown): boolean =>
  (error as { readonly needsOperator?: unknown } | undefined)?.needsOperator === true;
