import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { fetchPositions } from './position.ts';
import { fetchTopicOffsets } from './topic-offsets.ts';

const POLL_MS = 250;

/**
 * Waits until a group has no members, for instance until the broker notices that a killed member is gone. Returns false
 * when members remain after `timeoutMs`.
 */
export async function groupIsIdle(admin: Admin, groupId: string, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    const { groups } = await admin.describeGroups([groupId]);
    if (groups.every(({ members }) => members.length === 0)) return true;
    if (Date.now() >= deadline) return false;
  }
}

/**
 * Commits the current end of every partition of `topics` in which the group has committed nothing, so that its consumers
 * start there and miss no later record. Partitions added to a topic afterwards are read from their first record.
 *
 * Does nothing for a topic whose group has members: the member that joined first has committed the end already.
 */
export async function startAtEnd(admin: Admin, groupId: string, topics: readonly string[]): Promise<void> {
  for (const topic of topics) {
    const positions = await fetchPositions(admin, groupId, topic);
    const ends = await fetchTopicOffsets(admin, topic);
    const partitions = ends
      .filter(({ partition }) => positions.get(partition)?.next === undefined)
      .map(({ partition, high }) => ({ partition, offset: high }));
    if (partitions.length === 0 || !(await groupIsIdle(admin, groupId, 0))) continue;
    await admin.setOffsets({ groupId, topic, partitions });
  }
}

/** Deletes a group without members and its committed positions. A group that does not exist counts as deleted. */
export async function deleteGroup(admin: Admin, groupId: string): Promise<void> {
  await admin
    .deleteGroups([groupId])
    .catch((error: { groups?: { errorType?: string; error?: { type?: string } }[] }) => {
      if (error.groups?.every(({ error: cause }) => cause?.type === 'GROUP_ID_NOT_FOUND') !== true) throw error;
    });
}
