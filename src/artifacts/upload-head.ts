import type { IncomingMessage } from 'node:http';
import { artifactNameFault } from '../events/artifact-name.ts';
import { ATTEMPT_TEXT } from '../events/numbers.ts';
import { announcedBytes } from '../http/ingest/limits.ts';
import { Problem } from '../http/problem.ts';
import type { Call } from '../http/route.ts';
import type { TrialPath } from '../store/queries/trial-artifacts.ts';
import { readQuery } from './read-query.ts';
import { statedDigest } from './stated-digest.ts';
import { trialOfUpload } from './trial-of.ts';

/** The contents of the head of an upload: everything it states before its body. */
export interface UploadHead extends TrialPath {
  readonly name: string;
  /** The number of the attempt at the trial, 0 if it states none. */
  readonly attempt: number;
  /** Null if it states none that can be kept. */
  readonly contentType: string | null;
  /** The SHA-256 of the body in hexadecimal digits. */
  readonly digest: string | undefined;
  /** The length of the body; undefined for the transfer coding chunked. */
  readonly announcedBytes: number | undefined;
}

/** A media type without parameters (RFC 6838, section 4.2). */
const MEDIA_TYPE = /^[a-z0-9][\w!#$&^.+-]{0,126}\/[a-z0-9][\w!#$&^.+-]{0,126}$/;

/** Reads the head of an upload. Throws a `Problem` for anything in it that is refused. */
export function readUploadHead(
  { request, parameters }: Pick<Call, 'request' | 'parameters'>,
  maxBytes: number,
): UploadHead {
  const { headers } = request;
  const { name = '' } = parameters;
  const trial = trialOfUpload(parameters);
  const fault = artifactNameFault(name);
  if (fault !== undefined) throw new Problem('malformed_request', `the name of the artifact ${fault}`);
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity') {
    throw new Problem(
      'unsupported_media_type',
      'an artifact is stored as it arrives: send it without Content-Encoding',
      {
        headers: { 'accept-encoding': 'identity' },
      },
    );
  }
  const announced = announcedBytes(request, maxBytes);
  // Without parameters: servers rewrite them, and the signature of the request to the store would not match any more.
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  return {
    ...trial,
    name,
    attempt: attemptOf(request),
    contentType: MEDIA_TYPE.test(type) ? type : null,
    digest: statedDigest(headers),
    announcedBytes: announced ?? (headers['transfer-encoding'] === undefined ? 0 : undefined),
  };
}

function attemptOf(request: IncomingMessage): number {
  const { attempt: text = '0' } = readQuery(request, ['attempt']);
  if (ATTEMPT_TEXT.test(text)) return Number(text);
  throw new Problem('malformed_request', 'the parameter attempt must be an integer from 0 to 99999');
}
