import {
  folder,
  integer,
  MEBIBYTE,
  option,
  optional,
  secretText,
  text,
  urlWithoutCredentials,
  type Values,
} from '../../option.ts';

/** How the bucket is reached. */
export const s3Options = {
  endpoint: option(
    'S3_ENDPOINT',
    optional(urlWithoutCredentials('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY', 'http:', 'https:')),
    undefined,
    'Address of an S3-compatible object store; AWS if absent.',
  ),
  bucket: option('S3_BUCKET', text, 'thunderline', 'Bucket of the archive.'),
  region: option('AWS_REGION', text, 'us-east-1', 'Region of the bucket.'),
  accessKeyId: option(
    'AWS_ACCESS_KEY_ID',
    optional(text),
    undefined,
    'Access key of the bucket. If absent, the AWS SDK searches its usual places: profile, container, instance.',
  ),
  secretAccessKey: option('AWS_SECRET_ACCESS_KEY', optional(secretText), undefined, 'Secret of that key.', true),
  sessionToken: option('AWS_SESSION_TOKEN', optional(secretText), undefined, 'Session token of a temporary key.', true),
  caBundle: option(
    'AWS_CA_BUNDLE',
    optional(text),
    undefined,
    'PEM file of the certificate authorities that sign the certificate of the object store; absent: those of Node.',
  ),
  timeoutMs: option(
    'S3_TIMEOUT_MS',
    integer(100, 600_000),
    '30000',
    'How long one request to the bucket may take, in milliseconds.',
  ),
} as const;

/** Where archived objects are put, and when an object is complete. */
export const archiveOptions = {
  prefix: option('ARCHIVE_PREFIX', folder, 'archive', 'First part of the key of every archived object.'),
  objectBytes: option(
    'ARCHIVE_OBJECT_BYTES',
    integer(1024, 512 * MEBIBYTE),
    String(8 * MEBIBYTE),
    'Compressed bytes at which an archived object is complete.',
  ),
  objectAgeMs: option(
    'ARCHIVE_OBJECT_AGE_MS',
    integer(100),
    '300000',
    'Age at which an archived object is completed, from the reading of its first record, in milliseconds. Restarts do not start it again.',
  ),
  bufferBytes: option(
    'ARCHIVE_BUFFER_BYTES',
    integer(65_536),
    String(64 * MEBIBYTE),
    'Bytes of incomplete objects in one process, at most; beyond it they are completed early.',
  ),
} as const;

export type S3Config = Values<typeof s3Options>;
