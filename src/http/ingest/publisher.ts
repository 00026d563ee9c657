import { type EventProducer, EventsTooLarge } from '../../producers/event-producer.ts';
import type { Intake } from './intake.ts';

/** Publishes what an {@link Intake} found good, one slice at a time, and knows how far that has come. */
export class Publisher {
  readonly #events: EventProducer;
  readonly #intake: Intake;
  readonly #traceparent: string;
  readonly #countEvents: (result: string, count: number) => void;
  #inFlight: Promise<void> | undefined;
  #failedFrom: number | undefined;

  constructor(
    events: EventProducer,
    intake: Intake,
    traceparent: string,
    countEvents: (result: string, count: number) => void,
  ) {
    this.#events = events;
    this.#intake = intake;
    this.#traceparent = traceparent;
    this.#countEvents = countEvents;
  }

  /** Hands the pending events to Kafka once those before them are stored; the next ones can be read meanwhile. */
  async submit(): Promise<void> {
    await this.settle();
    if (this.#intake.pending.length === 0) return;
    this.#inFlight = this.#publish();
    // Whoever settles meets the error; a request may take its time until then.
    this.#inFlight.catch(() => undefined);
  }

  /** Resolves when everything submitted is stored; rejects as {@link EventProducer.publish} does. */
  async settle(): Promise<void> {
    const inFlight = this.#inFlight;
    await inFlight;
    this.#inFlight = undefined;
  }

  /** The index from which on events are not known to be stored, when what is in flight has come to its end. */
  async retryFrom(): Promise<number> {
    await this.#inFlight?.catch(() => undefined);
    const { pending, pendingFrom, count } = this.#intake;
    return this.#failedFrom ?? (pending.length > 0 ? pendingFrom : count);
  }

  async #publish(): Promise<void> {
    const { pendingFrom } = this.#intake;
    const count = this.#intake.pending.length;
    let tooLarge: readonly string[] = [];
    try {
      // The events are not held while Kafka is waited for: thousands of them would survive one collection after another.
      await this.#events.publish(this.#intake.handOver(), { traceparent: this.#traceparent });
    } catch (error) {
      if (!(error instanceof EventsTooLarge)) {
        this.#failedFrom = pendingFrom;
        this.#countEvents('unavailable', count);
        throw error;
      }
      tooLarge = error.eventIds;
    }
    for (const eventId of tooLarge) this.#intake.retract(eventId, TOO_LARGE);
    const accepted = count - tooLarge.length;
    this.#intake.accepted += accepted;
    this.#countEvents('accepted', accepted);
  }
}

const TOO_LARGE = { code: 'event_too_large', path: '', message: 'is larger than its Kafka topic takes' } as const;
