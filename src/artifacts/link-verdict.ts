import type { TrialPath } from '../store/queries/trial-artifacts.ts';
import type { ObjectAddress } from './object-address.ts';
import { readAddress } from './object-address.ts';
import { trialFolder } from './upload-key.ts';

/** The buckets and folders that decide about links. */
export interface LinkSettings {
  /** The bucket of uploads and of the archive, `S3_BUCKET`. */
  readonly bucket: string;
  /** Further buckets whose objects get links. */
  readonly buckets: readonly string[];
  /** The folder of uploads in {@link bucket}. */
  readonly prefix: string;
  /** The folder of archived records in {@link bucket}. */
  readonly archivePrefix: string;
}

/** Whether a link to an artifact may be made: the object, or the reason in words. */
export type LinkVerdict = ObjectAddress | string;

/**
 * Decides about the link of one artifact of a trial. Any client that posts events states any address, and a link is signed
 * with the credentials of Thunderline. So a link leads to configured buckets only, never to the archive, and never to the
 * upload of another trial; and the holder of a key that is bound to runs gets links to the uploads of these runs only.
 */
export function linkVerdict(uri: string, of: TrialPath, isBound: boolean, settings: LinkSettings): LinkVerdict {
  const address = readAddress(uri);
  if (typeof address === 'string') return address;
  const { bucket, prefix, archivePrefix } = settings;
  if (address.bucket !== bucket && !settings.buckets.includes(address.bucket)) {
    return `the bucket ${address.bucket} is neither S3_BUCKET nor one of ARTIFACT_BUCKETS`;
  }
  const isUpload = address.bucket === bucket && address.key.startsWith(`${prefix}/`);
  if (isUpload && !address.key.startsWith(trialFolder(prefix, of))) return 'the object was uploaded for another trial';
  if (address.bucket === bucket && address.key.startsWith(`${archivePrefix}/`)) {
    return 'the object belongs to the archive of records';
  }
  if (isBound && !isUpload) {
    return 'an event stated the address, and the holders of API keys that are bound to runs get uploads only';
  }
  return address;
}
