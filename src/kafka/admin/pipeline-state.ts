import type { Admin } from 'kafkajs';
import { TOPIC_NAMES, type Topic, topicName } from '../../topics.ts';
import { fetchLag } from './lag.ts';
import { fetchRanges } from './ranges.ts';

/** How far one consumer is in one topic. */
export interface ConsumerState {
  /** The name of the role, such as `postgres`. */
  readonly consumer: string;
  readonly topic: Topic;
  /** Records that it has not committed. */
  readonly lag: number;
  /** False while no process of the consumer is a member of its group. */
  readonly is_running: boolean;
}

/** The flow of records through the topics. */
export interface PipelineState {
  /** When it was read, in epoch milliseconds. */
  readonly read_at: number;
  /** Records that entered `ml.events` in the last minute. */
  readonly events_last_minute: number;
  readonly consumers: readonly ConsumerState[];
  readonly dead_letters_last_hour: number;
  /** All that `ml.deadletters` holds. */
  readonly dead_letters: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Age up to which a state is returned without reading it again, so that a hundred watchers cost as much as one. */
const FRESH_MS = 3_000;
/** Groups rarely appear. */
const GROUPS_FRESH_MS = 30_000;

interface Group {
  readonly groupId: string;
  readonly consumer: string;
  readonly topic: Topic;
}

/** Reads the state of the pipeline from the offsets of Kafka alone. Rejects while Kafka does not answer. */
export function createPipelineState(admin: Admin, topicPrefix: string): () => Promise<PipelineState> {
  let groups: { readonly list: readonly Group[]; readonly at: number } | undefined;
  let latest: { readonly state: Promise<PipelineState>; readonly at: number } | undefined;

  async function groupsNow(): Promise<readonly Group[]> {
    if (groups === undefined || Date.now() - groups.at > GROUPS_FRESH_MS) {
      const listed = await admin.listGroups();
      groups = { list: listed.groups.flatMap(({ groupId }) => groupOf(groupId, topicPrefix) ?? []), at: Date.now() };
    }
    return groups.list;
  }

  async function read(): Promise<PipelineState> {
    const now = Date.now();
    const list = await groupsNow();
    const [events, deadLettersOfHour, deadLetters, running, lags] = await Promise.all([
      countOf(admin, topicName(topicPrefix, 'ml.events'), now - MINUTE_MS),
      countOf(admin, topicName(topicPrefix, 'ml.deadletters'), now - HOUR_MS),
      countOf(admin, topicName(topicPrefix, 'ml.deadletters')),
      runningGroups(admin, list),
      Promise.all(list.map(({ groupId, topic }) => fetchLag(admin, groupId, [topicName(topicPrefix, topic)]))),
    ]);
    const consumers = list.map(({ groupId, consumer, topic }, at) => ({
      consumer,
      topic,
      lag: (lags[at] ?? []).reduce((sum, { lag }) => sum + lag, 0),
      is_running: running.has(groupId),
    }));
    return {
      read_at: now,
      events_last_minute: events,
      consumers: consumers.sort((a, b) => compare(a.consumer, b.consumer) || compare(a.topic, b.topic)),
      dead_letters_last_hour: deadLettersOfHour,
      dead_letters: deadLetters,
    };
  }

  return () => {
    if (latest === undefined || Date.now() - latest.at > FRESH_MS) {
      const reading = { state: read(), at: Date.now() };
      latest = reading;
      // A failure is not kept: the next request reads again.
      reading.state.catch(() => {
        if (latest === reading) latest = undefined;
      });
    }
    return latest.state;
  };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** `thunderline.postgres.ml.events.high`, as `groupId` of src/topics.ts makes it; undefined for any other group. */
function groupOf(groupId: string, topicPrefix: string): Group | undefined {
  const start = `${topicPrefix}thunderline.`;
  if (!groupId.startsWith(start)) return undefined;
  const [, consumer, topic] = /^([^.]+)\.(.+)$/.exec(groupId.slice(start.length)) ?? [];
  const known = TOPIC_NAMES.find((name) => name === topic);
  return consumer === undefined || known === undefined ? undefined : { groupId, consumer, topic: known };
}

/** Records of a topic, from `since` on (epoch milliseconds) where it is stated. */
async function countOf(admin: Admin, topic: string, since?: number): Promise<number> {
  const ranges = await fetchRanges(admin, topic, since);
  return ranges.reduce((sum, { start, end }) => sum + Math.max(0, Number(end) - Number(start)), 0);
}

async function runningGroups(admin: Admin, groups: readonly Group[]): Promise<ReadonlySet<string>> {
  if (groups.length === 0) return new Set();
  const described = await admin.describeGroups(groups.map(({ groupId }) => groupId));
  return new Set(described.groups.filter(({ members }) => members.length > 0).map(({ groupId }) => groupId));
}
