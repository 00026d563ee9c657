import { ERRORS, type ErrorCode } from '../../errors.ts';
import { ref, type Schema } from './kinds.ts';

/** Codes of a fault of one event. A line of NDJSON that is no JSON spoils this line alone. */
export const EVENT_FAULTS: readonly ErrorCode[] = [
  ...codesOf(422).filter((code) => code !== 'events_rejected'),
  'malformed_json',
  'invalid_encoding',
];

/** Codes that any address may answer with, from the server in front of the routes. */
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

/** Codes of an address that needs a key. */
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

/** Headers of the answers with a status, besides those of every answer. */
const HEADERS: Readonly<Record<number, Schema>> = {
  401: { 'WWW-Authenticate': { ...header('What is wanted, by RFC 6750.', { type: 'string' }), required: true } },
  403: {
    'WWW-Authenticate': { ...header('The scope that is wanted, by RFC 6750.', { type: 'string' }), required: true },
  },
  415: {
    'Accept-Post': header('The content types there are.', { type: 'string' }),
    'Accept-Encoding': header('The content encodings there are.', { type: 'string' }),
  },
  405: { Allow: { ...header('The methods there are.', { type: 'string' }), required: true } },
  429: RETRY_AFTER,
  503: RETRY_AFTER,
};

/** The limits of the key, where it has any. */
export const RATE_LIMIT_HEADERS: Schema = {
  RateLimit: header('What is left of each limit of the key, and the seconds until it is full again.', {
    type: 'string',
    examples: ['"events";r=60;t=4, "bytes";r=8000;t=2'],
  }),
  'RateLimit-Policy': header('Each limit of the key: what may be sent at once, and the seconds that restore it.', {
    type: 'string',
    examples: ['"events";q=100;w=10, "bytes";q=10000;qu="content-bytes";w=10'],
  }),
};

/** The answers that carry `codes`, by status. `members` are what their problems may hold besides the usual. */
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
  description: 'Rejected events of which `rejected` holds no fault: the list is bounded. Absent if there are none.',
};

const EVENT_IDS: Schema = {
  type: 'array',
  items: { type: ['string', 'null'], format: 'uuid' },
  description: 'The id of each event, in the order of the request; null where it was refused.',
};

/** What is told of the events of a request that failed on the way. */
export const PROGRESS: Readonly<Record<string, Schema>> = {
  accepted: { type: 'integer', minimum: 0 },
  retry_from: {
    type: 'integer',
    minimum: 0,
    description:
      'Events before this index are settled. From it on nothing is known: send them again with the same ids.',
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
      detail: { type: 'string', description: 'What happened, to what, and what to do.' },
    },
  },
  Rejection: {
    type: 'object',
    required: ['index', 'code', 'path', 'message'],
    properties: {
      index: { type: 'integer', minimum: 0, description: 'The place of the event in the request, from 0.' },
      code: { enum: EVENT_FAULTS },
      path: {
        type: 'string',
        description: 'Where in the event: names joined by dots; empty for the event as a whole.',
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
      checks: { type: 'object', additionalProperties: { type: ['string', 'null'] } },
    },
    additionalProperties: false,
  },
};
