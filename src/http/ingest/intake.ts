import type { Access } from '../../access/access.ts';
import type { Client } from '../../access/client.ts';
import type { MlEvent } from '../../events/event.ts';
import type { Fault } from '../../events/fault.ts';
import { parseEvent, type Receipt } from '../../events/parse.ts';
import { type EventProducer, EventsTooLarge } from '../../producers/event-producer.ts';
import type { IdSource } from '../id-source.ts';
import type { Read } from '../json/read-json.ts';
import { Problem } from '../problem.ts';
import type { EventNamer } from './event-namer.ts';
import type { IngestLimits } from './limits.ts';
import { type Rejection, Rejections } from './rejections.ts';
import type { Turns } from './turns.ts';

/** Events published together, at most: more of them would take the event loop for too long. */
export const SLICE_EVENTS = 1_000;

/** Counts events by their result, and faults by their code, for the metrics. */
export interface IngestCounts {
  events(result: 'accepted' | 'rejected' | 'unavailable', count: number): void;
  faults(code: string, count: number): void;
}

export interface IntakeParts {
  readonly events: EventProducer;
  readonly ids: IdSource;
  readonly limits: IngestLimits;
  readonly count: IngestCounts;
  /** The fault of an event that the caller may not post. */
  readonly faultOf: Access['faultOf'];
  /** Names events without an id of their own, if the request has an `Idempotency-Key`. */
  readonly namer: EventNamer | undefined;
  readonly traceparent: string;
  /** When the request was sent, in epoch milliseconds by the clock of the sender; undefined if the request has no such header. */
  readonly sentAt: number | undefined;
  readonly turns: Turns;
  readonly client: Client;
}

/** The results of a request's events so far. */
export interface IngestOutcome {
  readonly accepted: number;
  /** Events that were rejected. */
  readonly rejected: number;
  /** The id of each event, by index; null if it was rejected. */
  readonly eventIds: readonly (string | null)[];
  /** Their faults, as many as fit. */
  readonly rejections: readonly Rejection[];
  /** Rejected events of which {@link rejections} holds no fault. */
  readonly omitted: number;
}

const TOO_LARGE = { code: 'event_too_large', path: '', message: 'is larger than its Kafka topic accepts' } as const;

/** Judges the events of one request, and publishes the good ones slice by slice. */
export class Intake {
  readonly #parts: IntakeParts;
  #receipt: Receipt | undefined;
  readonly #eventIds: (string | null)[] = [];
  readonly #rejections = new Rejections();
  #accepted = 0;
  #rejected = 0;
  /** Good events that were not submitted yet, and the index of each. */
  #pending: MlEvent[] = [];
  #pendingAt: number[] = [];
  #inFlight: Promise<void> | undefined;
  /** The index of the first event of a slice that Kafka did not acknowledge. */
  #failedFrom: number | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
  }

  /** Events judged so far. */
  get count(): number {
    return this.#eventIds.length;
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  /** Judges the next event, or records the fault found in its place. Throws the `Problem` too_many_events. */
  take(read: Read): void {
    if (read.ok) {
      this.takeValue(read.value);
      return;
    }
    this.#requireRoom();
    this.#eventIds.push(null);
    this.#reject(this.count - 1, [read.fault]);
  }

  /** Judges the next event. Throws the `Problem` too_many_events. */
  takeValue(value: unknown): void {
    this.#requireRoom();
    this.#receipt ??= receiptOf(this.#parts, Date.now());
    const parsed = parseEvent(value, this.#receipt, this.#parts.limits.event);
    const unreachable = parsed.ok ? this.#parts.faultOf(parsed.event) : undefined;
    if (parsed.ok && unreachable === undefined) {
      this.#pending.push(parsed.event);
      this.#pendingAt.push(this.count);
      this.#eventIds.push(parsed.event.event_id);
    } else {
      this.#eventIds.push(null);
      this.#reject(this.count - 1, parsed.ok ? [unreachable as Fault] : parsed.faults);
    }
  }

  /**
   * Publishes the pending events in slices, each once those before it are stored, and resolves when the last slice is on its
   * way: further events can be judged meanwhile. Rejects as {@link settle} does, for the events before it.
   */
  async submit(): Promise<void> {
    const { turns, client } = this.#parts;
    await this.settle();
    while (this.#pending.length > 0) {
      while (turns.due) await turns.next(client);
      const since = turns.start();
      this.#publishSlice();
      turns.count(since);
      if (this.#pending.length > 0) await this.settle();
    }
  }

  #publishSlice(): void {
    const [from = 0] = this.#pendingAt;
    const last = this.#pending.length <= SLICE_EVENTS;
    const slice = last ? this.#pending : this.#pending.slice(0, SLICE_EVENTS);
    this.#pending = last ? [] : this.#pending.slice(SLICE_EVENTS);
    this.#pendingAt = last ? [] : this.#pendingAt.slice(SLICE_EVENTS);
    const published = this.#parts.events.publish(slice, { traceparent: this.#parts.traceparent });
    // The events are not passed on: held while Kafka is waited for, thousands would survive one collection after another.
    this.#inFlight = this.#conclude(published, from, slice.length);
    // The error surfaces in settle(), which may be called much later.
    this.#inFlight.catch(() => undefined);
  }

  /** Resolves when everything submitted is stored; rejects as {@link EventProducer.publish} does. */
  async settle(): Promise<void> {
    const inFlight = this.#inFlight;
    await inFlight;
    this.#inFlight = undefined;
  }

  outcome(): IngestOutcome {
    return {
      accepted: this.#accepted,
      rejected: this.#rejected,
      eventIds: this.#eventIds,
      rejections: this.#rejections.list,
      omitted: this.#rejections.omitted,
    };
  }

  /**
   * The outcome of a request that failed, once its last slice is stored or failed. Events from the index `retryFrom` on are
   * not known to be stored.
   */
  async progress(): Promise<IngestOutcome & { readonly retryFrom: number }> {
    await this.#inFlight?.catch(() => undefined);
    const retryFrom = this.#failedFrom ?? this.#pendingAt[0] ?? this.count;
    return { ...this.outcome(), retryFrom };
  }

  /** Records the result of publishing `size` events, of which the first has the index `from`. */
  async #conclude(published: Promise<void>, from: number, size: number): Promise<void> {
    const { count } = this.#parts;
    let tooLarge: readonly string[] = [];
    try {
      await published;
    } catch (error) {
      if (!(error instanceof EventsTooLarge)) {
        this.#failedFrom = from;
        count.events('unavailable', size);
        throw error;
      }
      tooLarge = error.eventIds;
    }
    for (const eventId of tooLarge) {
      const index = this.#eventIds.lastIndexOf(eventId);
      this.#eventIds[index] = null;
      this.#reject(index, [TOO_LARGE]);
    }
    this.#accepted += size - tooLarge.length;
    count.events('accepted', size - tooLarge.length);
  }

  #requireRoom(): void {
    const { maxEvents } = this.#parts.limits;
    if (this.count >= maxEvents) throw new Problem('too_many_events', `the request has more than ${maxEvents} events`);
  }

  #reject(index: number, faults: readonly Fault[]): void {
    this.#rejections.add(index, faults);
    this.#rejected += 1;
    for (const { code } of faults) this.#parts.count.faults(code, 1);
    this.#parts.count.events('rejected', 1);
  }
}

/** @param receivedAt epoch milliseconds; all events of one request share it. */
const receiptOf = ({ namer, ids, sentAt }: IntakeParts, receivedAt: number): Receipt => ({
  receivedAt,
  sentAt,
  nameOf: namer && ((content) => namer.nameOf(content)),
  freshId: () => ids.eventId(receivedAt),
});
