import type { Kafka } from 'kafkajs';
import { type FeedLayout, type FeedOffsets, writePosition } from '../../feed-position.ts';
import { groupId, TOPIC_NAMES, topicName } from '../../topics.ts';
import type { KafkaAdmin } from '../connection/create-kafka.ts';
import { fetchCommittedOffsets } from './committed-offsets.ts';
import { fetchFeedLayout } from './feed-layout.ts';

/** Age at which a position is read again. */
const FRESH_MS = 500;
/**
 * Age up to which a position is returned without waiting: an older one is correct as well, because the tables only
 * grow.
 */
const USABLE_MS = 5_000;
const LAYOUT_FRESH_MS = 30_000;
const TIMEOUT_MS = 1_000;

export interface TablePositionSettings {
  /** The role that writes the tables. */
  readonly role: string;
  readonly topicPrefix: string;
}

/**
 * Reads how far the consumer groups of a role have committed each partition of the feed, as a position. While Kafka does not
 * answer, it resolves with the last known position, or null if there is none.
 *
 * @param admin a connected admin client of `kafka`.
 */
export function createTablePosition(
  kafka: Kafka,
  admin: KafkaAdmin,
  { role, topicPrefix }: TablePositionSettings,
): () => Promise<string | null> {
  let layout: { readonly value: FeedLayout; readonly at: number } | undefined;
  let known: { readonly position: string; readonly at: number } | undefined;
  let reading: { readonly done: Promise<void>; readonly at: number } | undefined;

  async function layoutNow(): Promise<FeedLayout> {
    if (layout === undefined || Date.now() - layout.at > LAYOUT_FRESH_MS) {
      layout = { value: await fetchFeedLayout(kafka, admin, topicPrefix), at: Date.now() };
    }
    return layout.value;
  }

  async function offsetsOf({ partitions }: FeedLayout): Promise<FeedOffsets> {
    const committed = new Map<string, number>();
    const topics = TOPIC_NAMES.filter((topic) => partitions.some((one) => one.topic === topicName(topicPrefix, topic)));
    await Promise.all(
      topics.map(async (topic) => {
        const name = topicName(topicPrefix, topic);
        const offsets = await fetchCommittedOffsets(admin, groupId(topicPrefix, role, topic), name);
        for (const { partition, offset } of offsets) {
          committed.set(`${name} ${partition}`, Math.max(0, Number(offset)));
        }
      }),
    );
    return partitions.map(({ topic, partition }) => committed.get(`${topic} ${partition}`) ?? 0);
  }

  async function read(): Promise<void> {
    const at = Date.now();
    const now = await layoutNow();
    known = { position: writePosition(now, await offsetsOf(now)), at };
  }

  return async () => {
    if (reading === undefined || Date.now() - reading.at > FRESH_MS) {
      // A failure leaves the last position, which is older but still correct.
      reading = { done: read().catch(() => undefined), at: Date.now() };
    }
    if (known !== undefined && Date.now() - known.at < USABLE_MS) return known.position;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, TIMEOUT_MS);
    });
    await Promise.race([reading.done, late]);
    clearTimeout(timer);
    return known?.position ?? null;
  };
}
