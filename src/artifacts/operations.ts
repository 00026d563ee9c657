import { DOTS } from '../events/dots.ts';
import { RATE_LIMIT_HEADERS } from '../http/openapi/answers.ts';
import { ref, type Schema } from '../http/openapi/kinds.ts';
import type { Operation } from '../http/route.ts';
import { DEFAULT_PAGE, MAX_PAGE } from './list-artifacts.ts';

const NO_CONTROL = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';
/** Parts with single slashes between them, none of them empty, ".", ".." or longer than 200 characters. */
const NAME = '^(?!.*[^/]{201})(?!.*(?:^|/)\\.{0,2}(?:/|$))[^\\\\\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]+$';
const BASE64_OF_SHA_256 = '[A-Za-z0-9+/]{43}=';

const inPath = (name: string, description: string, schema: Schema): Schema => ({
  name,
  in: 'path',
  required: true,
  description,
  schema,
});
const optional = (place: 'query' | 'header', name: string, description: string, schema: Schema): Schema => ({
  name,
  in: place,
  required: false,
  description,
  schema,
});

const ID: Schema = { type: 'string', minLength: 1, maxLength: 255, pattern: NO_CONTROL, not: { enum: DOTS } };
const RUN = inPath('run', 'The `model_run_id`, percent-encoded.', ID);
const TRIAL = inPath('trial', 'The `trial_id`, percent-encoded.', ID);
const FILE = inPath(
  'name',
  'A file name, or several with slashes between them, percent-encoded: 255 bytes at most, and 200 in a part.',
  {
    type: 'string',
    minLength: 1,
    maxLength: 255,
    pattern: NAME,
  },
);

const json = (description: string, schema: string): Schema => ({
  description,
  headers: RATE_LIMIT_HEADERS,
  content: { 'application/json': { schema: ref(schema) } },
});

const orNull = (type: string, more: Schema = {}): Schema => ({ type: [type, 'null'], ...more });

const STORED: Readonly<Record<string, Schema>> = {
  name: { type: 'string', description: 'The name of the upload, else the last part of the address.' },
  type: { type: 'string', description: 'The kind of artifact: `model_checkpoint`.' },
  uri: { type: 'string', description: 'The address of the object.' },
  size_bytes: orNull('integer', { minimum: 0 }),
  sha256: orNull('string', { description: 'The SHA-256 of an upload, in hexadecimal digits.' }),
  content_type: orNull('string'),
  stored_at: orNull('string', { format: 'date-time' }),
};

const SCHEMAS: Readonly<Record<string, Schema>> = {
  Artifact: {
    type: 'object',
    required: [...Object.keys(STORED), 'metadata', 'link', 'link_expires_at', 'no_link_because'],
    properties: {
      ...STORED,
      metadata: { type: 'object', description: 'The remaining metadata of the event that stated the address.' },
      link: orNull('string', { description: 'Opens the object without a key, until it expires.' }),
      link_expires_at: orNull('string', { format: 'date-time' }),
      no_link_because: orNull('string', { description: 'The reason if there is no link.' }),
    },
    additionalProperties: false,
  },
  Artifacts: {
    type: 'object',
    required: ['model_run_id', 'trial_id', 'artifacts', 'next_cursor'],
    properties: {
      model_run_id: { type: 'string' },
      trial_id: { type: 'string' },
      artifacts: { type: 'array', items: ref('Artifact') },
      next_cursor: orNull('string', { description: 'The `cursor` of the next page; null on the last.' }),
    },
    additionalProperties: false,
  },
  StoredArtifact: {
    type: 'object',
    required: ['model_run_id', 'trial_id', ...Object.keys(STORED)],
    properties: { model_run_id: { type: 'string' }, trial_id: { type: 'string' }, ...STORED },
    additionalProperties: false,
  },
};

export const LIST_OPERATION: Operation = {
  summary: 'The artifacts of a trial',
  description:
    'Uploads, and the addresses that events state. A link opens the object without a key for a few minutes. It is made for ' +
    'objects in the configured buckets only; any other artifact is listed with the reason.',
  parameters: [
    RUN,
    TRIAL,
    optional('query', 'limit', `Artifacts of a page; absent: ${DEFAULT_PAGE}.`, {
      type: 'integer',
      minimum: 1,
      maximum: MAX_PAGE,
    }),
    optional('query', 'cursor', 'The `next_cursor` of the page before.', {
      type: 'string',
      pattern: '^[A-Za-z0-9_-]+$',
    }),
  ],
  responses: { 200: json('The artifacts, uploads by name and then the others by address.', 'Artifacts') },
  problems: ['not_found'],
  schemas: SCHEMAS,
};

export const OPEN_OPERATION: Operation = {
  summary: 'Open an uploaded artifact',
  parameters: [RUN, TRIAL, FILE],
  responses: {
    302: {
      description: 'The object is at `Location`, for a few minutes.',
      headers: { Location: { required: true, schema: { type: 'string' } } },
    },
  },
  problems: ['not_found'],
};

/** @param maxBytes the setting ARTIFACT_MAX_BYTES. */
export const putOperation = (maxBytes: number): Operation => ({
  summary: 'Upload an artifact',
  description:
    'Stores the body, of any length up to the limit, as it arrives. The same content under the same name changes nothing; ' +
    'another content replaces the artifact. An upload that is interrupted stores nothing and may be sent again. ' +
    `At most ${maxBytes} bytes.`,
  parameters: [
    RUN,
    TRIAL,
    FILE,
    optional(
      'query',
      'attempt',
      'The number of the attempt at the trial that sends it; an upload of an earlier attempt never replaces one of a later.',
      {
        type: 'integer',
        minimum: 0,
        maximum: 99_999,
      },
    ),
    optional('header', 'Content-Digest', 'The SHA-256 of the body (RFC 9530); the body is refused if it has another.', {
      type: 'string',
      pattern: `^sha-256=:${BASE64_OF_SHA_256}:$`,
    }),
    optional('header', 'x-amz-checksum-sha256', 'The SHA-256 of the body in the form of S3.', {
      type: 'string',
      pattern: `^${BASE64_OF_SHA_256}$`,
    }),
  ],
  requestBody: {
    required: true,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  },
  responses: {
    200: json('The artifact has this content already.', 'StoredArtifact'),
    201: json('The artifact is stored.', 'StoredArtifact'),
  },
  problems: ['body_too_large', 'checksum_mismatch', 'unsupported_media_type', 'store_unavailable'],
  schemas: SCHEMAS,
});
