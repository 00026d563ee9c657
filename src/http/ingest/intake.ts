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
import { SLICE_EVENTS, SLICE_LENGTH, sliceLength } from './slice-length.ts';
import type { Turns } from './turns.ts';

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

/** Judges the events of one request, and publishes the accepted ones slice by slice. */
export class Intake {
  readonly #parts: IntakeParts;
  #receipt: Receipt | undefined;
  readonly #eventIds: (string | null)[] = [];
  /** Made at the first rejection: most requests have none. */
  #rejections: Rejections | undefined;
  #accepted = 0;
  #rejected = 0;
  /** Accepted events that have not been submitted yet, and the index of each. */
  #pending: MlEvent[] = [];
  #pendingAt: number[] = [];
  /** Resolves when the slice in progress is stored or has failed. */
  #inFlight: Promise<void> | undefined;
  /** Why Kafka did not acknowledge a slice, and the index of its first event. */
  #failure: { readonly error: unknown; readonly from: number } | undefined;

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
   * Publishes the pending events in slices, each once those before it are stored: further events can be judged
   * meanwhile. Returns undefined if all slices have been sent, otherwise a promise that resolves when the last one has
   * been sent. Rejects as {@link settle} does, for the events before it.
   *
   * @param bytes of the text of the pending events, or a bound on them.
   */
  submit(bytes: number): Promise<void> | undefined {
    const { turns, client } = this.#parts;
    const isOneSlice = bytes <= SLICE_LENGTH && this.#pending.length <= SLICE_EVENTS;
    if (!isOneSlice || this.#inFlight !== undefined || turns.due) return this.#submitInTurns(bytes);
    if (this.#pending.length === 0) return undefined;
    turns.start(client);
    try {
      this.#publishSlice(SLICE_EVENTS);
    } finally {
      turns.end();
    }
    return undefined;
  }

  async #submitInTurns(bytes: number): Promise<void> {
    const { turns, client } = this.#parts;
    await this.settle();
    while (this.#pending.length > 0) {
      while (turns.due) await turns.next(client);
      turns.start(client);
      try {
        this.#publishSlice(bytes > SLICE_LENGTH ? sliceLength(this.#pending) : SLICE_EVENTS);
      } finally {
        turns.end();
      }
      if (this.#pending.length > 0) await this.settle();
    }
  }

  #publishSlice(size: number): void {
    const last = this.#pending.length <= size;
    const slice = last ? this.#pending : this.#pending.slice(0, size);
    this.#pending = last ? [] : this.#pending.slice(size);
    const sliceAt = last ? this.#pendingAt : this.#pendingAt.slice(0, size);
    this.#pendingAt = last ? [] : this.#pendingAt.slice(size);
    const published = this.#parts.events.publish(slice, { traceparent: this.#parts.traceparent });
    // The events themselves are not referenced here: held while Kafka is waited for, thousands of them would survive
    // one garbage collection after another.
    this.#inFlight = published.then(
      () => this.#noteStored(sliceAt.length),
      (error: unknown) => this.#noteFailure(error, sliceAt),
    );
  }

  /** Resolves when everything submitted is stored; rejects as {@link EventProducer.publish} does. */
  async settle(): Promise<void> {
    await this.#inFlight;
    if (this.#failure !== undefined) throw this.#failure.error;
    this.#inFlight = undefined;
  }

  outcome(): IngestOutcome {
    return {
      accepted: this.#accepted,
      rejected: this.#rejected,
      eventIds: this.#eventIds,
      rejections: this.#rejections?.list ?? [],
      omitted: this.#rejections?.omitted ?? 0,
    };
  }

  /**
   * The outcome of a request that failed, once its last slice is stored or failed. Events from the index `retryFrom` on are
   * not known to be stored.
   */
  async progress(): Promise<IngestOutcome & { readonly retryFrom: number }> {
    await this.#inFlight;
    const retryFrom = this.#failure?.from ?? this.#pendingAt[0] ?? this.count;
    return { ...this.outcome(), retryFrom };
  }

  /** Records the failure of publishing the events with these indices: of a few that are too large, or of all. */
  #noteFailure(error: unknown, indices: readonly number[]): void {
    if (!(error instanceof EventsTooLarge)) {
      this.#failure = { error, from: indices[0] ?? 0 };
      this.#parts.count.events('unavailable', indices.length);
      return;
    }
    for (const place of error.places) {
      const index = indices[place];
      if (index === undefined) continue;
      this.#eventIds[index] = null;
      this.#reject(index, [TOO_LARGE]);
    }
    this.#noteStored(indices.length - error.places.length);
  }

  #noteStored(events: number): void {
    this.#accepted += events;
    this.#parts.count.events('accepted', events);
  }

  #requireRoom(): void {
    const { maxEvents } = this.#parts.limits;
    if (this.count >= maxEvents) throw new Problem('too_many_events', `the request has more than ${maxEvents} events`);
  }

  #reject(index: number, faults: readonly Fault[]): void {
    this.#rejections ??= new Rejections();
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
