import { ERRORS, type ErrorCode } from '../../errors.ts';
import { ref, type Schema } from './kinds.ts';

/** Codes with the status 422 that are problems of a whole request; any other is a fault of one event. */
export const WHOLE_REQUESTS: readonly ErrorCode[] = ['events_rejected', 'command_rejected'];

/** Codes of the faults of one event. A line of NDJSON that is not JSON is a fault of this line alone. */
const EVENT_FAULTS: readonly ErrorCode[] = [
  ...codesOf(422).filter((code) => !WHOLE_REQUESTS.includes(code)),
  'malformed_json',
  'invalid_encoding',
];

/** Codes that the server may answer any request with, before it reaches a route. */
export const ANYWHERE: readonly ErrorCode[] = [
  'malformed_request',
  'request_timeout',
  'expectation_failed',
  'misdirected_request',
  'headers_too_large',
  'internal',
  'transfer_coding_not_supported',
  'version_not_supported',
  'starting',
  'shutting_down',
];

/** Codes of the routes that need a key. */
export const GUARDED: readonly ErrorCode[] = [
  'unauthorized',
  'forbidden',
  'rate_limited',
  'database_unavailable',
  'overloaded',
];

function codesOf(status: number): readonly ErrorCode[] {
  return (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status === status);
}

const header = (description: string, schema: Schema): Schema => ({ description, schema });

const RETRY_AFTER: Schema = {
  'Retry-After': { ...header('Seconds to wait.', { type: 'integer', minimum: 1 }), required: true },
};

/** Headers of the problems with a status, besides those of every answer. */
const HEADERS: Readonly<Record<number, Schema>> = {
  401: {
    'WWW-Authenticate': { ...header('The required authentication (RFC 6750).', { type: 'string' }), required: true },
  },
  403: {
    'WWW-Authenticate': { ...header('The required scope (RFC 6750).', { type: 'string' }), required: true },
  },
  415: {
    'Accept-Post': header('The supported content types.', { type: 'string' }),
    'Accept-Encoding': header('The supported content encodings.', { type: 'string' }),
  },
  405: { Allow: { ...header('The supported methods.', { type: 'string' }), required: true } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** The limits of the key, if it has any. */
export const RATE_LIMIT_HEADERS: Schema = {
  RateLimit: header('The remaining part of each limit of the key, and the seconds until it is full again.', {
    type: 'string',
    examples: ['"events";r=60;t=4, "bytes";r=8000;t=2'],
  }),
  'RateLimit-Policy': header(
    'Each limit of the key: the most that may be sent at once, and the seconds that restore it.',
    {
      type: 'string',
      examples: ['"events";q=100;w=10, "bytes";q=10000;qu="content-bytes";w=10'],
    },
  ),
};

/** The problem answers with `codes`, by status. Their problems may have `members` besides the usual ones. */
export function problemAnswers(
  codes: readonly ErrorCode[],
  members: Readonly<Record<string, Schema>> = {},
): Record<string, Schema> {
  const statuses = [...new Set(codes.map((code) => ERRORS[code].status ?? 500))].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => {
      const mine = codes.filter((code) => (ERRORS[code].status ?? 500) === status);
      const schema = {
        allOf: [ref('Problem')],
        properties: { code: { enum: mine }, status: { const: status }, ...members },
      };
      const description = mine.map((code) => `\`${code}\`: ${ERRORS[code].meaning}`).join('\n\n');
      const headers = HEADERS[status];
      return [
        status,
        { description, ...(headers && { headers }), content: { 'application/problem+json': { schema } } },
      ];
    }),
  );
}

const OMITTED: Schema = {
  type: 'integer',
  minimum: 1,
  description: 'Rejected events of which `rejected` contains no fault: the list is bounded. Absent if there are none.',
};

const EVENT_IDS: Schema = {
  type: 'array',
  items: { type: ['string', 'null'], format: 'uuid' },
  description: 'The id of each event, in the order of the request; null if it was rejected.',
};

/** Members of a problem that report the events of a request that failed in the middle. */
export const PROGRESS: Readonly<Record<string, Schema>> = {
  accepted: { type: 'integer', minimum: 0 },
  retry_from: {
    type: 'integer',
    minimum: 0,
    description:
      'Events before this index are settled. The others are not known to be stored: send them again with the same ids.',
  },
  event_ids: EVENT_IDS,
  rejected: { type: 'array', items: ref('Rejection') },
  rejected_omitted: OMITTED,
};

/** Schemas of answers. */
export const ANSWER_SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: {
    type: 'object',
    description: 'A problem by RFC 9457, with a stable code.',
    required: ['type', 'title', 'status', 'code', 'detail'],
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string' },
      detail: { type: 'string', description: 'The error, its object, and what to change.' },
    },
  },
  Rejection: {
    type: 'object',
    required: ['index', 'code', 'path', 'message'],
    properties: {
      index: { type: 'integer', minimum: 0, description: 'The index of the event in the request, from 0.' },
      code: { enum: EVENT_FAULTS },
      path: {
        type: 'string',
        description: 'The place in the event: names joined by dots; empty for the event as a whole.',
      },
      message: { type: 'string' },
    },
    additionalProperties: false,
  },
  Accepted: {
    type: 'object',
    required: ['accepted', 'event_ids'],
    properties: {
      accepted: { type: 'integer', minimum: 1 },
      event_ids: { type: 'array', minItems: 1, items: { type: 'string', format: 'uuid' } },
    },
    additionalProperties: false,
  },
  PartlyAccepted: {
    type: 'object',
    required: ['accepted', 'event_ids', 'rejected'],
    properties: {
      accepted: { type: 'integer', minimum: 1 },
      event_ids: EVENT_IDS,
      rejected: { type: 'array', minItems: 1, items: ref('Rejection') },
      rejected_omitted: OMITTED,
    },
    additionalProperties: false,
  },
  Health: {
    type: 'object',
    required: ['ok', 'checks'],
    properties: {
      ok: { type: 'boolean' },
      degraded: {
        const: true,
        description: 'A role waits for a dependency that no other role needs; the process stays in service.',
      },
      checks: { type: 'object', additionalProperties: { type: ['string', 'null'] } },
    },
    additionalProperties: false,
  },
};
