import type { Admin, Kafka } from 'kafkajs';
import { FEED_TOPICS, type FeedLayout, layoutOf } from '../../feed-position.ts';
import { topicName } from '../../topics.ts';
import { fetchTopicIds } from './topic-ids.ts';

/**
 * The partitions of the live feed as they are now. Rejects if a topic does not exist.
 *
 * @param admin a connected admin client of `kafka`.
 */
export async function fetchFeedLayout(kafka: Kafka, admin: Admin, topicPrefix: string): Promise<FeedLayout> {
  const names = FEED_TOPICS.map((topic) => topicName(topicPrefix, topic));
  const [ids, metadata] = await Promise.all([fetchTopicIds(kafka, names), admin.fetchTopicMetadata({ topics: names })]);
  const counts = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
  return layoutOf(names.map((topic) => ({ topic, id: ids.get(topic), partitions: counts.get(topic) ?? 0 })));
}
