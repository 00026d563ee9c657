/**
 * The bounds of an object, noted with the committed offset of its partition before the object is written.
 *
 * Bounds that depend on a clock or on memory would differ when they are drawn again after a crash, and the archive would
 * hold some records twice. So they are decided once: whoever has the partition next reads the note and writes the same
 * object. A consumer of a past generation cannot commit a note, and what it is still writing is that very object.
 */
export interface Claim {
  readonly first: bigint;
  readonly last: bigint;
}

export const claimNote = ({ first, last }: Claim): string => `object ${first}-${last}`;

/** The claim in a note; undefined where the note is none. */
export function parseClaim(note: string): Claim | undefined {
  const [, first, last] = /^object (\d+)-(\d+)$/.exec(note) ?? [];
  return first === undefined || last === undefined ? undefined : { first: BigInt(first), last: BigInt(last) };
}
