import { folder, integer, list, MEBIBYTE, option, optional, urlWithoutCredentials, type Values } from '../option.ts';
import { modelUri } from './model-address.ts';
import { isBucketName, readAddress } from './object-address.ts';
import { PART_BYTES } from './part-buffer.ts';

const buckets = (value: string): readonly string[] => {
  const names = list(value);
  if (names.every(isBucketName)) return names;
  throw new Error('expected names of buckets separated by commas, without s3:// and without keys');
};

const mlflowDestination = (value: string): string => {
  const destination = value.replace(/\/+$/, '');
  const address = readAddress(`${destination}/x`);
  if (typeof address !== 'string') return destination;
  throw new Error(`expected s3://bucket or s3://bucket/folder: ${address}`);
};

/** S3 takes 10,000 parts of an object. */
const MAX_PARTS = 10_000;

/** The storage of artifacts, the rules of links to them, and the bounds of uploads. */
export const artifactOptions = {
  prefix: option(
    'ARTIFACT_PREFIX',
    folder,
    'artifacts',
    'First part of the key of every uploaded artifact in S3_BUCKET.',
  ),
  buckets: option(
    'ARTIFACT_BUCKETS',
    buckets,
    '',
    'Buckets besides S3_BUCKET, on the same server and with the same credentials, whose objects get links, comma-separated.',
  ),
  publicEndpoint: option(
    'S3_PUBLIC_ENDPOINT',
    optional(urlWithoutCredentials('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY', 'http:', 'https:')),
    undefined,
    'Address at which browsers and workers reach the object store, for links; absent: S3_ENDPOINT.',
  ),
  modelUri: option(
    'ARTIFACT_MODEL_URI',
    optional(modelUri),
    undefined,
    'Address at which the model of a trial is searched when it completes without stating one, with {trial_id} and perhaps ' +
      '{model_run_id} in its key. Absent: s3://thunderblock/models/{trial_id}/model.pth, but none on AWS, where that bucket may be ' +
      "anyone's; `none` searches nothing.",
  ),
  linkSeconds: option(
    'ARTIFACT_LINK_SECONDS',
    integer(1, 604_800),
    '900',
    'How long a link to an artifact is valid, in seconds.',
  ),
  maxBytes: option(
    'ARTIFACT_MAX_BYTES',
    integer(1, MAX_PARTS * PART_BYTES),
    String(5_120 * MEBIBYTE),
    'Bytes of one uploaded artifact, at most.',
  ),
  maxBytesInFlight: option(
    'ARTIFACT_BYTES_IN_FLIGHT',
    integer(4 * PART_BYTES),
    String(128 * MEBIBYTE),
    'Bytes of uploads in the memory of one process, at most; beyond it the answer is 503. An upload holds 8 MiB, and 16 MiB ' +
      'while there is room.',
  ),
  uploadTimeoutMs: option(
    'ARTIFACT_UPLOAD_TIMEOUT_MS',
    integer(1_000, 86_400_000),
    '3600000',
    'How long one upload may take, in milliseconds.',
  ),
  mlflowDestination: option(
    'MLFLOW_ARTIFACTS_DESTINATION',
    optional(mlflowDestination),
    undefined,
    'Where the MLflow server keeps the artifacts that it serves itself: its own setting of this name, s3://bucket/folder. ' +
      'Artifacts of trials are copied there, into their runs.',
  ),
  keepReplacedMs: option(
    'ARTIFACT_KEEP_REPLACED_MS',
    integer(0),
    '3600000',
    'How long the content of an artifact is kept after a later upload has replaced it, in milliseconds.',
  ),
} as const;

export type ArtifactConfig = Values<typeof artifactOptions>;
