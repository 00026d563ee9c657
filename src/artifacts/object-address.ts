import { isDots } from '../events/dots.ts';
/** The place of an object, of which only the address is known. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Limit of S3, in bytes. */
export const MAX_KEY_BYTES = 1_024;

/** Whether S3 can have a bucket of this name. */
export const isBucketName = (text: string): boolean => BUCKET.test(text);

/**
 * Reads `s3://bucket/key`, whose key is meant literally, without percent-encoding. Returns the reason in words if a text is
 * another address, or one that a server might take for another key.
 */
export function readAddress(uri: string): ObjectAddress | string {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(uri)?.[1];
  if (scheme === undefined) return 'the address has no scheme; links are made for s3:// addresses';
  if (scheme !== 's3' || !uri.startsWith('s3://')) {
    return `the address has the scheme ${scheme}; links are made for s3:// addresses`;
  }
  const slash = uri.indexOf('/', 's3://'.length);
  const bucket = slash < 0 ? uri.slice('s3://'.length) : uri.slice('s3://'.length, slash);
  const key = slash < 0 ? '' : uri.slice(slash + 1);
  if (!isBucketName(bucket)) return 'the address does not begin with the name of a bucket';
  if (key === '') return 'the address names a bucket and no object';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `the key of the object has more than ${MAX_KEY_BYTES} bytes`;
  if (!key.isWellFormed() || CONTROL.test(key)) return 'the key of the object has characters that no link can contain';
  // Servers that keep objects as files may resolve such a part.
  if (key.split('/').some(isDots)) return 'the key of the object has a part "." or ".."';
  return { bucket, key };
}

export const uriOf = ({ bucket, key }: ObjectAddress): string => `s3://${bucket}/${key}`;
