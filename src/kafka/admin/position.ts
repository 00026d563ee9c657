import type { Admin } from 'kafkajs';
import { type PositionNote, readPositionNote } from '../wire/position-note.ts';
import { fetchCommittedOffsets } from './committed-offsets.ts';

/** The committed position of a group in one partition. */
export interface Position extends PositionNote {
  /** The next offset to read, decimal text; undefined if nothing is committed. */
  readonly next: string | undefined;
}

const NOTHING: Position = { next: undefined, topicId: undefined, note: '' };

/** The committed position of `groupId` in one partition of `topic` (a name on the broker). */
export const fetchPosition = async (
  admin: Admin,
  groupId: string,
  topic: string,
  partition: number,
): Promise<Position> => (await fetchPositions(admin, groupId, topic)).get(partition) ?? NOTHING;

/** The committed positions of `groupId` in the partitions of `topic` (a name on the broker). */
export async function fetchPositions(admin: Admin, groupId: string, topic: string): Promise<Map<number, Position>> {
  const offsets = await fetchCommittedOffsets(admin, groupId, topic);
  return new Map(
    offsets.map(({ partition, offset, metadata }): [number, Position] => [
      partition,
      { next: BigInt(offset) < 0n ? undefined : offset, ...readPositionNote(metadata) },
    ]),
  );
}

/** Whether a position was committed in a topic that was deleted since, and created again under the same name. */
export const isOfDeletedTopic = ({ topicId }: PositionNote, currentId: string | undefined): boolean =>
  topicId !== undefined && currentId !== undefined && topicId !== currentId;
