import type { Admin, SeekEntry } from 'kafkajs';
import { askOfTopic } from './ask-of-topic.ts';

/** The committed offset of a group in one partition; decimal text, negative if nothing is committed. */
export type CommittedOffset = SeekEntry & { readonly metadata: string | null };

/**
 * The committed offsets of `groupId` in every partition of `topic` (a name on the broker). An answer without partitions is never
 * returned: it would read as if the group had committed nothing and had no lag.
 */
export const fetchCommittedOffsets = (
  admin: Admin,
  groupId: string,
  topic: string,
): Promise<readonly CommittedOffset[]> =>
  askOfTopic(topic, async () => (await admin.fetchOffsets({ groupId, topics: [topic] }))[0]?.partitions ?? []);
