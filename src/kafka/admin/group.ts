import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

const POLL_MS = 250;

/** Waits until a group has no member, such as one that was killed and is still to be missed; false when it has one yet. */
export async function groupIsIdle(admin: Admin, groupId: string, timeoutMs: number): Promise<boolean> {
  for (const deadline = Date.now() + timeoutMs; ; await sleep(POLL_MS)) {
    const { groups } = await admin.describeGroups([groupId]);
    if (groups.every(({ members }) => members.length === 0)) return true;
    if (Date.now() >= deadline) return false;
  }
}

/** Where a group stands in `topic`: the next offset by partition, for partitions in which something is committed. */
export async function fetchCommitted(admin: Admin, groupId: string, topic: string): Promise<Map<number, bigint>> {
  const [found] = await admin.fetchOffsets({ groupId, topics: [topic] });
  const committed = (found?.partitions ?? []).map(({ partition, offset }): [number, bigint] => [
    partition,
    BigInt(offset),
  ]);
  return new Map(committed.filter(([, offset]) => offset >= 0n));
}

/** Deletes a group without members, and what it has committed. One that does not exist is deleted already. */
export async function deleteGroup(admin: Admin, groupId: string): Promise<void> {
  await admin
    .deleteGroups([groupId])
    .catch((error: { groups?: { errorType?: string; error?: { type?: string } }[] }) => {
      if (error.groups?.every(({ error: cause }) => cause?.type === 'GROUP_ID_NOT_FOUND') !== true) throw error;
    });
}
