import type { Admin } from 'kafkajs';

/** What a group has committed for one partition. */
export interface Position {
  /** The next offset to read, decimal text; undefined where nothing is committed. */
  readonly next: string | undefined;
  /** What was noted with it, empty where nothing was. */
  readonly note: string;
}

/** The committed position of `groupId` in one partition of `topic` (a name on the broker). */
export async function fetchPosition(
  admin: Admin,
  groupId: string,
  topic: string,
  partition: number,
): Promise<Position> {
  const [positions] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const found = positions?.partitions.find((position) => position.partition === partition);
  return {
    next: found === undefined || BigInt(found.offset) < 0n ? undefined : found.offset,
    note: found?.metadata ?? '',
  };
}
