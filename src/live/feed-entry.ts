import type { AnyRecord } from '../avro/any-record.ts';
import type { RunMetric } from '../avro/records.ts';
import { acceptedAt } from '../events/accepted-at.ts';
import { eventText } from './event-text.ts';
import { valuesText } from './values-text.ts';

/** The position and the time of a record. */
export interface RecordPlace {
  readonly offset: number;
  /** The timestamp that Kafka has of the record, epoch milliseconds. */
  readonly at: number;
  /** The size of its value. */
  readonly bytes: number;
}

interface EntryBase extends RecordPlace {
  /** The time at which the system accepted the event, epoch milliseconds. */
  readonly acceptedAt: number;
  readonly run: string;
  readonly trial: string | null;
}

/** An event that is not a point, as JSON of a `LiveEvent`. */
export interface EventEntry extends EntryBase {
  readonly kind: 'event';
  readonly text: string;
}

/** A record of points. */
export interface PointEntry extends EntryBase {
  readonly kind: 'points';
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
  /** JSON of a `LivePoint`, with the metrics of these names; undefined if it has none of them. */
  text(names: ReadonlySet<string> | undefined): string | undefined;
}

export type FeedEntry = EventEntry | PointEntry;

/** Memory of an entry besides the bytes of its record, approximately. */
const OVERHEAD_BYTES = 250;

/** The entry of a record; undefined for a record that the feed does not show. */
export function entryOf(content: AnyRecord, place: RecordPlace): FeedEntry | undefined {
  if (content.name === 'DeadLetter') return undefined;
  if (content.name === 'RunMetric') return new Points(content.record, place);
  const { model_run_id: run, trial_id: trial } = content.record;
  const text = eventText(content);
  const bytes = OVERHEAD_BYTES + text.length;
  return { kind: 'event', ...place, bytes, run, trial, text, acceptedAt: acceptedAt(content) ?? place.at };
}

class Points implements PointEntry {
  readonly kind = 'points';
  readonly offset: number;
  readonly at: number;
  readonly bytes: number;
  readonly acceptedAt: number;
  readonly run: string;
  readonly trial: string | null;
  readonly step: number;
  readonly values: Readonly<Record<string, number>>;
  readonly #head: string;
  /** Made when the first client needs it, for all others. */
  #text: string | undefined;

  constructor(record: RunMetric, { offset, at, bytes }: RecordPlace) {
    this.offset = offset;
    this.at = at;
    // The text, once it is made, is about as long as the record.
    this.bytes = OVERHEAD_BYTES + 2 * bytes;
    this.acceptedAt = record.received_at;
    this.run = record.model_run_id;
    this.trial = record.trial_id;
    this.step = record.step;
    this.values = record.measurements;
    this.#head = `[${record.step},${record.timestamp},"${record.event_id}",${record.attempt},`;
  }

  text(names: ReadonlySet<string> | undefined): string | undefined {
    if (names === undefined) {
      this.#text ??= `${this.#head}${valuesText(this.values)}]`;
      return this.#text;
    }
    const values = valuesText(this.values, names);
    return values === '{}' ? undefined : `${this.#head}${values}]`;
  }
}
