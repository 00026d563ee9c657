import { expect, test } from '@jest/globals';
import type { Admin } from 'kafkajs';
import { fetchCommittedOffsets } from '../../../src/kafka/admin/committed-offsets.ts';
import { fetchLag } from '../../../src/kafka/admin/lag.ts';
import { fetchRanges } from '../../../src/kafka/admin/ranges.ts';
import { fetchTopicOffsets } from '../../../src/kafka/admin/topic-offsets.ts';

type Answers = Pick<Admin, 'fetchOffsets' | 'fetchTopicOffsets' | 'fetchTopicOffsetsByTimestamp'>;

/** An admin client of kafkajs with the answers that it gives while its metadata are replaced. */
const answering = (answers: Partial<Answers>): Admin => answers as Admin;
const POSITION = { partition: 0, offset: '5', metadata: null };

test.each([
  ['no topic', []],
  ['no partition', [{ topic: 'a', partitions: [] }]],
])('committed offsets of %s are an error of Kafka, not a group without positions', async (_, answer) => {
  const admin = answering({ fetchOffsets: async () => answer });
  await expect(fetchCommittedOffsets(admin, 'group', 'a')).rejects.toMatchObject({ name: 'KafkaUnavailable' });
  await expect(fetchLag(admin, 'group', ['a'])).rejects.toMatchObject({ name: 'KafkaUnavailable' });
});

test('what kafkajs does not know for a moment is asked again', async () => {
  let asked = 0;
  const isKnown = (): boolean => {
    asked += 1;
    return asked % 5 === 0;
  };
  const admin = answering({
    fetchOffsets: async () => (isKnown() ? [{ topic: 'a', partitions: [POSITION] }] : []),
    fetchTopicOffsets: async () =>
      isKnown() ? [{ partition: 0, offset: '9', high: '9', low: '0' }] : withoutMetadata(),
  });
  expect(await fetchCommittedOffsets(admin, 'group', 'a')).toEqual([POSITION]);
  expect(await fetchTopicOffsets(admin, 'a')).toMatchObject([{ high: '9' }]);
  expect(asked).toBe(10);
});

test('a partition without bounds is an error of Kafka, not a lag of 0', async () => {
  const admin = answering({
    fetchOffsets: async () => [{ topic: 'a', partitions: [POSITION, { ...POSITION, partition: 1 }] }],
    fetchTopicOffsets: async () => [{ partition: 0, offset: '9', high: '9', low: '0' }],
  });
  await expect(fetchLag(admin, 'group', ['a'])).rejects.toMatchObject({ name: 'KafkaUnavailable' });
});

/** Fails as kafkajs does when its metadata lack the topic. */
async function withoutMetadata(): Promise<never> {
  const offsets: { partitions: never }[] = [];
  const { partitions } = offsets.pop() as { partitions: never };
  return partitions;
}

test.each([
  ['bounds', (admin: Admin) => fetchTopicOffsets(admin, 'a')],
  ['offsets of a time', (admin: Admin) => fetchRanges(admin, 'a', 1)],
])('a TypeError of kafkajs about %s does not count as a bug of this program', async (_, fetch) => {
  const admin = answering({ fetchTopicOffsets: withoutMetadata, fetchTopicOffsetsByTimestamp: withoutMetadata });
  const failed = await fetch(admin).catch((error: Error) => error);
  expect(failed).toMatchObject({ name: 'KafkaUnavailable' });
  // The supervisor of a consumer judges the innermost cause.
  expect(failed).not.toHaveProperty('cause');
});
