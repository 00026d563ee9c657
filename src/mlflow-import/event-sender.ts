import type { Codec } from '../avro/codec.ts';
import type { MlEvent } from '../events/event.ts';
import { eventRecord, type Trace } from '../producers/event-producer.ts';
import { type RecordSender, RecordTooLarge } from '../record.ts';
import { topicName } from '../topics.ts';
import type { Patience } from './patience.ts';

/** Writes imported events to `ml.events`. */
export interface EventSender {
  /** Resolves when every in-sync replica has every event but those whose ids it returns: they are too large for Kafka. */
  send(events: readonly MlEvent[]): Promise<readonly string[]>;
}

export interface SenderParts {
  readonly codec: Codec;
  readonly producer: RecordSender;
  readonly topicPrefix: string;
  readonly trace: Trace;
  readonly patience: Patience;
}

/** How long Kafka may take to acknowledge one slice. */
const DEADLINE_MS = 30_000;
/** Events encoded and sent together. */
const SLICE = 5_000;

export function createEventSender({ codec, producer, topicPrefix, trace, patience }: SenderParts): EventSender {
  const topic = topicName(topicPrefix, 'ml.events');

  async function sendSlice(events: readonly MlEvent[]): Promise<readonly string[]> {
    const records = events.map((event) => eventRecord(codec, topic, event, trace));
    try {
      await patience.until(() => producer.send(records, DEADLINE_MS));
      return [];
    } catch (error) {
      if (error instanceof RecordTooLarge) return error.records.map(({ headers }) => String(headers?.['event-id']));
      throw error;
    }
  }

  return {
    async send(events) {
      const tooLarge: string[] = [];
      for (let start = 0; start < events.length; start += SLICE) {
        tooLarge.push(...(await sendSlice(events.slice(start, start + SLICE))));
      }
      return tooLarge;
    },
  };
}

/** Counts events without writing any. */
export const dryRunSender: EventSender = { send: async () => [] };
