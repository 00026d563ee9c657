/**
 * The bounds of an object, noted with the committed offset of its partition before the object is written.
 *
 * Bounds that depend on a clock or on memory would differ when they are drawn again after a crash, and the archive would
 * hold some records twice. So they are decided once: the next owner of the partition reads the note and writes the same
 * object. A consumer of a past generation cannot commit a note, and the object it is still writing is that very object.
 */
export interface Claim {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The word by which a note states that no record after it is archived. It is left out after the offsets of the group
 * were lost or set back, until the group has passed all records that were archived before.
 */
const UP_TO_DATE = 'archived';

/** The note of a position up to which everything is archived. */
export const positionNote = (isUpToDate: boolean): string => (isUpToDate ? UP_TO_DATE : '');

export const claimNote = ({ first, last }: Claim, isUpToDate: boolean): string =>
  `object ${first}-${last}${isUpToDate ? ` ${UP_TO_DATE}` : ''}`;

/**
 * The note of an object that is still open: the time at which its first record was read, epoch milliseconds. Each owner of
 * the partition starts the object again, and would otherwise start its age again too.
 */
export const openingNote = (openedAt: number, isUpToDate: boolean): string =>
  `open ${openedAt}${isUpToDate ? ` ${UP_TO_DATE}` : ''}`;

/** The time in the note of an open object; undefined for other notes. */
export function parseOpening(note: string): number | undefined {
  const [, openedAt] = /^open (\d+)(?: archived)?$/.exec(note) ?? [];
  return openedAt === undefined ? undefined : Number(openedAt);
}

/** The claim in a note; undefined where the note contains none. */
export function parseClaim(note: string): Claim | undefined {
  const [, first, last] = /^object (\d+)-(\d+)(?: archived)?$/.exec(note) ?? [];
  return first === undefined || last === undefined ? undefined : { first: BigInt(first), last: BigInt(last) };
}

/** Whether a note states that no record after the position is archived, except for those of a claim. */
export const isUpToDate = (note: string): boolean => note.endsWith(UP_TO_DATE);
