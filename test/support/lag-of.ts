import type { Admin } from 'kafkajs';
import { fetchLag } from '../../src/kafka/admin/lag.ts';
import { type RoleName, roleNamed } from '../../src/pipeline.ts';
import { groupId, topicName } from '../../src/topics.ts';

/** The number of records that the groups of a role have not committed, over all topics that it reads. */
export async function lagOf(admin: Admin, topicPrefix: string, role: RoleName): Promise<number> {
  const lags = await Promise.all(
    roleNamed(role).reads.map((topic) =>
      fetchLag(admin, groupId(topicPrefix, role, topic), [topicName(topicPrefix, topic)]),
    ),
  );
  return lags.flat().reduce((sum, { lag }) => sum + lag, 0);
}
