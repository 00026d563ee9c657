import type { Codec } from '../avro/codec.ts';
import { EVENT_RECORDS, type MlEvent, trialKey } from '../events/event.ts';
import { type OutgoingRecord, RecordTooLarge } from '../record.ts';
import { topicName } from '../topics.ts';
import type { MicroBatcher } from './micro-batcher.ts';
import { recordHeaders } from './record-headers.ts';

/** The context that travels in the headers of an event's record. */
export interface Trace {
  /** W3C Trace Context, as `00-<trace id>-<span id>-<flags>`. */
  readonly traceparent: string;
}

/** Kafka refuses these events permanently because of their size; all others published with them are stored. */
export class EventsTooLarge extends Error {
  override readonly name = 'EventsTooLarge';
  /** Their places in the list that was published, from 0. Two events of one request may have the same id. */
  readonly places: readonly number[];

  constructor(places: readonly number[], cause: RecordTooLarge) {
    super(cause.message, { cause });
    this.places = places;
  }
}

/** Writes accepted events to `ml.events`. */
export interface EventProducer {
  /**
   * Resolves when every in-sync replica has every event. Rejects with {@link EventsTooLarge}, and with the other errors of
   * {@link MicroBatcher.add}.
   */
  publish(events: readonly MlEvent[], trace: Trace): Promise<void>;
}

/**
 * The record of an event: Avro value, trial key, and the headers that every topic carries.
 *
 * @param topic the name of `ml.events` on the broker. All records share one string: a new string would be hashed each time.
 */
export function eventRecord(codec: Codec, topic: string, event: MlEvent, trace: Trace): OutgoingRecord {
  const key = trialKey(event);
  return {
    topic,
    key,
    value: codec.encode('ml.events', EVENT_RECORDS[event.event], event),
    headers: recordHeaders(event.event_id, event.event, event.correlation_id ?? key, trace.traceparent),
  };
}

export function createEventProducer(codec: Codec, batcher: MicroBatcher, topicPrefix: string): EventProducer {
  const topic = topicName(topicPrefix, 'ml.events');
  return {
    publish(events, trace) {
      const records = events.map((event) => eventRecord(codec, topic, event, trace));
      return batcher.add(records).catch((error: unknown) => {
        if (!(error instanceof RecordTooLarge)) throw error;
        throw new EventsTooLarge(
          error.records.map((record) => records.indexOf(record)),
          error,
        );
      });
    },
  };
}
