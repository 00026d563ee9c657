/**
 * The text of a position of the live feed: the offset to read next in each partition, and the fingerprint of the layout that
 * gives them their meaning. Pages compare positions too, so nothing here needs Node.
 */
export interface PositionParts {
  /** The offset to read next in each partition, in the order of the layout. */
  readonly offsets: readonly number[];
  /** Eight hexadecimal digits. */
  readonly fingerprint: string;
}

const VERSION = 'v1';
const POSITION = /^v1\.([A-Za-z0-9_-]*)\.([0-9a-f]{8})$/;
/** A position of 18 partitions has about 130 characters; a longer text than this is not a position. */
const MAX_LENGTH = 8_192;

/** Each offset as bytes of 7 bits, the least significant first, and all of them as base64url. */
export function writePositionText({ offsets, fingerprint }: PositionParts): string {
  let bytes = '';
  for (const offset of offsets) {
    let left = offset;
    for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes += String.fromCharCode((left % 0x80) | 0x80);
    bytes += String.fromCharCode(left);
  }
  const encoded = btoa(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return `${VERSION}.${encoded}.${fingerprint}`;
}

/** Reads the text of {@link writePositionText}; undefined if the text is not a position. */
export function readPositionText(text: string): PositionParts | undefined {
  const [, encoded = '', fingerprint] = text.length > MAX_LENGTH ? [] : (POSITION.exec(text) ?? []);
  // One character of base64 is no byte.
  if (fingerprint === undefined || encoded.length % 4 === 1) return undefined;
  const offsets = readOffsets(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')));
  return offsets === undefined ? undefined : { offsets, fingerprint };
}

function readOffsets(bytes: string): number[] | undefined {
  const offsets: number[] = [];
  let offset = 0;
  let factor = 1;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes.charCodeAt(at);
    offset += (byte & 0x7f) * factor;
    if (offset > Number.MAX_SAFE_INTEGER) return undefined;
    factor *= 0x80;
    if (byte > 0x7f) continue;
    offsets.push(offset);
    offset = 0;
    factor = 1;
  }
  return factor === 1 ? offsets : undefined;
}
