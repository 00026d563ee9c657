import type { DeadLetter } from '../../avro/records.ts';
import { addHeader, type HeaderValue, type OutgoingRecord } from '../../record.ts';
import { REPLAYS_HEADER, SETTLES_HEADER } from '../../runtime/dead-letters.ts';
import { TOPIC_NAMES, topicName } from '../../topics.ts';

/** A dead letter and its place in the topic. */
export interface StoredLetter {
  /** `partition:offset` in `ml.deadletters`. */
  readonly id: string;
  readonly letter: DeadLetter;
}

/** The reason why a dead letter cannot be replayed; undefined when it can. */
export function obstacle({ letter }: StoredLetter, topicPrefix: string, maxReplays: number): string | undefined {
  const replayable = TOPIC_NAMES.filter((topic) => topic !== 'ml.deadletters').map((topic) =>
    topicName(topicPrefix, topic),
  );
  if (!replayable.includes(letter.topic)) return `${letter.topic} is not a topic of this system`;
  if (letter.bytes_omitted) {
    const where = `${letter.topic}/${letter.partition}/${letter.offset}`;
    return `its bytes are too many for a dead letter and are only at ${where}`;
  }
  return letter.replays < maxReplays ? undefined : `was replayed ${letter.replays} times already (--max-replays)`;
}

/** The rejected record with its original key, which determines its partition, and with one more replay counted. */
export function originalRecord({ letter }: StoredLetter): OutgoingRecord {
  const headers = new Map<string, HeaderValue>();
  for (const { key, value } of letter.headers) if (key !== REPLAYS_HEADER) addHeader(headers, key, value);
  addHeader(headers, REPLAYS_HEADER, Buffer.from(String(letter.replays + 1)));
  return { topic: letter.topic, key: letter.key, value: letter.value, headers: Object.fromEntries(headers) };
}

/** The settlement of a letter whose record was replayed, in the partition of the letter: retention deletes it after the letter. */
export const settlement = (id: string, topicPrefix: string): OutgoingRecord => ({
  topic: topicName(topicPrefix, 'ml.deadletters'),
  partition: Number(id.split(':')[0]),
  key: null,
  value: null,
  headers: { [SETTLES_HEADER]: id },
});
