import { isDots } from './dots.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/**
 * Maximum number of UTF-8 bytes of a name: a key of S3 may have 1,024, and the folder of the trial precedes the name.
 */
const MAX_NAME_BYTES = 255;
/**
 * Maximum number of bytes of a part: stores that keep objects as files first write them under longer names, and a file
 * name may have 255 bytes.
 */
const MAX_PART_BYTES = 200;

/**
 * The fault of a name under which an artifact is uploaded; undefined if it has none. A name is a file name, or several
 * with single slashes between them: `model.pth`, `checkpoints/epoch-3.pth`. The name becomes a part of a key, of an
 * address and of a path on the reader's disk, so it must not be able to name any other place.
 */
export function artifactNameFault(name: string): string | undefined {
  if (name === '') return 'must not be empty';
  if (!name.isWellFormed()) return 'contains an unpaired surrogate';
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `has more than ${MAX_NAME_BYTES} bytes in UTF-8`;
  if (CONTROL.test(name)) return 'must not contain control characters or line separators';
  if (name.includes('\\')) return 'must not contain a backslash';
  const parts = name.split('/');
  if (parts.includes('')) return 'must not begin or end with a slash, nor have two in a row';
  if (parts.some((part) => Buffer.byteLength(part) > MAX_PART_BYTES)) {
    return `has a part of more than ${MAX_PART_BYTES} bytes in UTF-8`;
  }
  if (parts.some(isDots)) return 'must not have a part that is "." or ".."';
  return undefined;
}
