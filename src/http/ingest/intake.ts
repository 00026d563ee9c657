import type { Access } from '../../access/access.ts';
import type { MlEvent } from '../../events/event.ts';
import type { EventLimits, Fault } from '../../events/fault.ts';
import { parseEvent } from '../../events/parse.ts';
import type { Metrics } from '../../metrics.ts';
import type { IdSource } from '../id-source.ts';
import type { Read } from '../json/read-json.ts';
import { Problem } from '../problem.ts';

/** A fault with the index of its event in the request. */
export interface Rejection extends Fault {
  readonly index: number;
}

export interface IntakeSettings {
  readonly metrics: Metrics;
  readonly maxEvents: number;
  readonly limits: EventLimits;
  readonly ids: IdSource;
  readonly idempotencyKey: string | undefined;
  /** The fault of an event that the caller may not post. */
  readonly faultOf: Access['faultOf'];
  /** Epoch milliseconds. */
  readonly receivedAt: number;
  /** Whether the request is one event by itself, whose key then has no index. */
  readonly alone: boolean;
}

/** All faults of an event are listed until a request has this many; from there on the first of each event. */
const FAULTS_IN_FULL = 1_000;

/** What has become of the events of one request so far, each by its index. */
export class Intake {
  readonly #settings: IntakeSettings;
  readonly #freshId: () => string;
  /** The id of each event; null where it was refused. */
  readonly eventIds: (string | null)[] = [];
  readonly rejected: Rejection[] = [];
  /** Events that were found good and are not published yet. */
  pending: MlEvent[] = [];
  /** The index of the first of them. */
  pendingFrom = 0;
  accepted = 0;
  #refused = 0;

  constructor(settings: IntakeSettings) {
    this.#settings = settings;
    this.#freshId = () => settings.ids.eventId(settings.receivedAt);
  }

  /** How many events have been seen. */
  get count(): number {
    return this.eventIds.length;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Judges the next event, or what stands in its place. Throws the `Problem` too_many_events. */
  take(read: Read): void {
    if (read.ok) this.takeValue(read.value);
    else this.#reject(this.#next(), [read.fault]);
  }

  /** As {@link take}, for JSON that was read already. */
  takeValue(value: unknown): void {
    const index = this.#next();
    const { idempotencyKey, alone, receivedAt, limits } = this.#settings;
    const key = idempotencyKey === undefined || alone ? idempotencyKey : `${idempotencyKey}/${index}`;
    const parsed = parseEvent(value, { receivedAt, idempotencyKey: key, freshId: this.#freshId }, limits);
    if (!parsed.ok) {
      this.#reject(index, parsed.faults);
      return;
    }
    const fault = this.#settings.faultOf(parsed.event);
    if (fault !== undefined) {
      this.#reject(index, [fault]);
      return;
    }
    if (this.pending.length === 0) this.pendingFrom = index;
    this.pending.push(parsed.event);
    this.eventIds.push(parsed.event.event_id);
  }

  /** Hands over the pending events, to be published. */
  handOver(): MlEvent[] {
    const events = this.pending;
    this.pending = [];
    return events;
  }

  /** Refuses an event after all. */
  retract(eventId: string, fault: Fault): void {
    const index = this.eventIds.lastIndexOf(eventId);
    this.eventIds[index] = null;
    this.#refuse(index, [fault]);
  }

  #next(): number {
    const index = this.eventIds.length;
    const { maxEvents } = this.#settings;
    if (index < maxEvents) return index;
    throw new Problem('too_many_events', `the request has more than ${maxEvents} events`);
  }

  #reject(index: number, faults: readonly Fault[]): void {
    this.eventIds.push(null);
    this.#refuse(index, faults);
  }

  #refuse(index: number, faults: readonly Fault[]): void {
    const { metrics } = this.#settings;
    const shown = this.rejected.length < FAULTS_IN_FULL ? faults : faults.slice(0, 1);
    for (const { code, path, message } of shown) this.rejected.push({ index, code, path, message });
    for (const { code } of faults) metrics.ingestFaults.inc({ code });
    metrics.ingestEvents.inc({ result: 'rejected' });
    this.#refused += 1;
  }
}
