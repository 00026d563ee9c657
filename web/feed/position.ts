import { readPositionText, writePositionText } from '../../src/position-text.ts';

/**
 * The lesser offset of each partition: a connection from there misses nothing that one from either would deliver. `newer`
 * is returned where the two cannot be compared; the server then answers with a reset.
 */
export function leastPosition(older: string, newer: string): string {
  const both = comparable(older, newer);
  if (both === undefined) return newer;
  const { a, b, fingerprint } = both;
  return writePositionText({ offsets: a.map((offset, at) => Math.min(offset, b[at] ?? offset)), fingerprint });
}

interface Both {
  readonly a: readonly number[];
  readonly b: readonly number[];
  readonly fingerprint: string;
}

function comparable(first: string, second: string): Both | undefined {
  const [a, b] = [readPositionText(first), readPositionText(second)];
  if (a === undefined || b === undefined || a.fingerprint !== b.fingerprint) return undefined;
  if (a.offsets.length !== b.offsets.length) return undefined;
  return { a: a.offsets, b: b.offsets, fingerprint: a.fingerprint };
}
