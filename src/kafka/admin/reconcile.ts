import kafkajs, { type Admin, type ConfigEntries } from 'kafkajs';
import { TOPICS, type Topic, topicName } from '../../topics.ts';

// kafkajs is a CommonJS module, and Node detects only some of its exports.
const { ConfigResourceTypes, ConfigSource } = kafkajs;

/** One difference between a topic and its definition in `topics.ts`. */
export interface TopicDifference {
  readonly setting: 'partitions' | 'retention.ms' | 'max.message.bytes';
  readonly is: number;
  readonly should: number;
}

/** A topic as it exists on the broker. */
export interface TopicState {
  readonly topic: Topic;
  /** On the broker, prefix included. */
  readonly name: string;
  readonly exists: boolean;
  readonly partitions: number;
  readonly replicas: number;
  readonly retentionMs: number;
  readonly differences: readonly TopicDifference[];
}

/** Compares topics with `topics.ts`. More partitions than defined are not a difference: an operator added them. */
export async function inspectTopics(admin: Admin, prefix: string, topics: readonly Topic[]): Promise<TopicState[]> {
  const existing = new Set(await admin.listTopics());
  return Promise.all(
    topics.map(async (topic): Promise<TopicState> => {
      const name = topicName(prefix, topic);
      if (!existing.has(name)) {
        return { topic, name, exists: false, partitions: 0, replicas: 0, retentionMs: 0, differences: [] };
      }
      const [metadata, entries] = await Promise.all([
        admin.fetchTopicMetadata({ topics: [name] }),
        describe(admin, name),
      ]);
      const found = metadata.topics[0]?.partitions ?? [];
      const setting = (key: string) => Number(entries.find(({ configName }) => configName === key)?.configValue);
      const { partitions, retentionMs, maxMessageBytes } = TOPICS[topic];
      const differences: readonly TopicDifference[] = [
        { setting: 'partitions', is: found.length, should: partitions },
        { setting: 'retention.ms', is: setting('retention.ms'), should: retentionMs },
        { setting: 'max.message.bytes', is: setting('max.message.bytes'), should: maxMessageBytes },
      ];
      return {
        topic,
        name,
        exists: true,
        partitions: found.length,
        replicas: found[0]?.replicas.length ?? 0,
        retentionMs: setting('retention.ms'),
        differences: differences.filter(({ setting: key, is, should }) =>
          key === 'partitions' ? is < should : is !== should,
        ),
      };
    }),
  );
}

/**
 * Changes a topic to its definition in `topics.ts`: adds partitions, sets retention and size. Records are only deleted by a
 * shorter retention.
 */
export async function reconcileTopic(admin: Admin, { name, differences }: TopicState): Promise<void> {
  const partitions = differences.find(({ setting }) => setting === 'partitions');
  if (partitions !== undefined) {
    await admin.createPartitions({ topicPartitions: [{ topic: name, count: partitions.should }] });
  }
  const wanted = differences.filter(({ setting }) => setting !== 'partitions');
  if (wanted.length === 0) return;
  // The request replaces all settings of a topic, so the others are included unchanged.
  const kept = (await describe(admin, name))
    .filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
    .filter(({ configName }) => !wanted.some(({ setting }) => setting === configName))
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
  const changed = wanted.map(({ setting, should }) => ({ name: setting, value: String(should) }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name, configEntries: [...kept, ...changed] }],
  });
}

async function describe(admin: Admin, name: string): Promise<ConfigEntries[]> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name }],
  });
  return resources[0]?.configEntries ?? [];
}
