import type { Schema } from './openapi/kinds.ts';
import type { Operation } from './route.ts';

const TIME: Schema = { type: 'number', description: 'Epoch milliseconds.' };

const STATE: Schema = {
  type: 'object',
  required: ['open', 'signed_in'],
  properties: {
    open: { type: 'boolean', description: 'Everyone on this machine is admitted, because no API key is configured.' },
    signed_in: { type: 'boolean' },
    key_name: { type: 'string' },
    scopes: { type: 'array', items: { enum: ['read', 'command'] } },
    run_prefix: { type: 'string', description: 'The session reaches the runs that start with it.' },
    expires_at: TIME,
    command_until: TIME,
  },
};

const answer = (description: string): Schema => ({
  description,
  content: { 'application/json': { schema: STATE } },
});

export const startSessionOperation: Operation = {
  summary: 'Start a session of a browser',
  description:
    'Exchanges an API key for a cookie that scripts cannot read. The session has the scope `read` for 12 hours and, if it is ' +
    'asked for, `command` for one hour; never `ingest` or `admin`. It ends with its key.',
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['key'],
          additionalProperties: false,
          properties: {
            key: { type: 'string' },
            scopes: { enum: [['read'], ['read', 'command']], default: ['read'] },
          },
        },
      },
    },
  },
  responses: { 200: answer('The session. `Set-Cookie` has its cookie.') },
  problems: [
    'malformed_request',
    'malformed_json',
    'invalid_encoding',
    'body_too_large',
    'unsupported_media_type',
    'unauthorized',
    'forbidden',
    'cross_origin',
    'insecure_transport',
    'rate_limited',
    'overloaded',
    'database_unavailable',
  ],
};

export const endSessionOperation: Operation = {
  summary: 'End the session of this browser',
  responses: { 200: answer('No session is left. `Set-Cookie` removes the cookie.') },
  problems: ['cross_origin', 'rate_limited', 'overloaded', 'database_unavailable'],
};

export const readSessionOperation: Operation = {
  summary: 'The session of this browser',
  responses: { 200: answer('The session of this browser, if it has one.') },
  problems: ['cross_origin', 'rate_limited', 'overloaded', 'database_unavailable'],
};
