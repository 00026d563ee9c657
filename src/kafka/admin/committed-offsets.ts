import type { Admin, SeekEntry } from 'kafkajs';
import { KafkaUnavailable } from '../../record.ts';

/** The committed offset of a group in one partition; decimal text, negative if nothing is committed. */
export type CommittedOffset = SeekEntry & { readonly metadata: string | null };

/**
 * The committed offsets of `groupId` in every partition of `topic` (a name on the broker).
 *
 * kafkajs asks for the partitions that its metadata contain. They lack a topic for a moment when two calls add a topic each:
 * both wait for one refresh, which was requested for the first topic only. The answer is then empty, as if the group had
 * committed nothing and had no lag; so an empty answer is thrown as {@link KafkaUnavailable}.
 */
export async function fetchCommittedOffsets(admin: Admin, groupId: string, topic: string): Promise<CommittedOffset[]> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  if (found === undefined || found.partitions.length === 0)
    throw new KafkaUnavailable(`the partitions of ${topic} are not known yet`);
  return found.partitions as CommittedOffset[];
}
