import type { ServerResponse } from 'node:http';
import type { Access } from '../access/access.ts';
import type { Client } from '../access/client.ts';
import { type FeedOffsets, readPosition, writePosition } from '../feed-position.ts';
import type { Metrics } from '../metrics.ts';
import { Channel } from './channel.ts';
import { type FeedFilter, filterKey } from './feed-filter.ts';
import type { FeedWindow } from './feed-window.ts';
import type { ByeReason, ResetReason } from './frames.ts';
import { createLiveCounts, type LiveCounts } from './live-counts.ts';
import { resetText } from './reset-text.ts';
import { ReturnTurns } from './return-turns.ts';
import { frameOf, retryText } from './sse.ts';
import { MAX_QUEUED_BYTES, queuedBytes, type Subscriber } from './subscriber.ts';
import { furthest, isHeld } from './window-positions.ts';

/** A request for the feed. */
export interface Subscription {
  readonly response: ServerResponse;
  readonly access: Pick<Access, 'client'>;
  readonly filter: FeedFilter;
  readonly hz: number;
  /** The positions that the client states; it continues from the further one. */
  readonly positions: readonly string[];
  readonly readmit: () => unknown;
}

/** The rates that a client may ask for: divisors of {@link TICKS_PER_SECOND}. */
export const RATES: readonly number[] = [1, 2, 4, 5, 10, 20];
export const DEFAULT_HZ = 10;
const TICKS_PER_SECOND = 20;
export const TICK_MS = 1_000 / TICKS_PER_SECOND;

/** All subscribers of a process, and the clock that writes to them. */
export class LiveHub {
  readonly #windowMs: number;
  readonly #metrics: Metrics;
  readonly #written: LiveCounts;
  readonly #counts = new Map<Client, number>();
  readonly #channels = new Map<string, Channel>();
  readonly #subscribers = new Map<Subscriber, Channel>();
  readonly #turns = new ReturnTurns();
  #window: FeedWindow;
  #ticks = 0;

  constructor(window: FeedWindow, windowMs: number, metrics: Metrics) {
    this.#window = window;
    this.#windowMs = windowMs;
    this.#metrics = metrics;
    this.#written = createLiveCounts(metrics);
  }

  get size(): number {
    return this.#subscribers.size;
  }

  /** Connections of one client. */
  countOf(client: Client): number {
    return this.#counts.get(client) ?? 0;
  }

  subscribers(): IterableIterator<Subscriber> {
    return this.#subscribers.keys();
  }

  /** Replaces the window: every subscriber gets a reset. */
  replaceWindow(window: FeedWindow, reason: ResetReason): void {
    this.#window = window;
    for (const channel of this.#channels.values()) channel.reset(reason);
  }

  /** Writes the first frames of a client, whose head is written, and the following ones from now on. */
  subscribe({ response, access, filter, hz, positions, readmit }: Subscription): void {
    const offsets = this.#start(positions);
    const subscriber: Subscriber = {
      response,
      client: access.client,
      filter,
      hz,
      readmit,
      turn: this.#turns.next(),
      offsets: typeof offsets === 'string' ? this.#window.ends() : offsets,
      isSlow: false,
      waitsSince: undefined,
      aheadSince: undefined,
    };
    const id = writePosition(this.#window.layout, subscriber.offsets);
    const resumed = typeof offsets !== 'string' && positions.length > 0;
    const hello = { hz, resumed, window_seconds: Math.round(this.#windowMs / 1_000) };
    response.write(retryText(this.#turns.retryMs(subscriber.turn, this.size)) + frameOf('hello', hello, id));
    if (typeof offsets === 'string') {
      response.write(resetText(offsets, id, this.#window));
      this.#written.reset(offsets);
    }
    const channel = this.#channelOf(filter, hz);
    channel.add(subscriber);
    this.#subscribers.set(subscriber, channel);
    this.#counts.set(subscriber.client, this.countOf(subscriber.client) + 1);
    response.once('close', () => this.#remove(subscriber));
  }

  /** Writes to the channels that are due. Must be called {@link TICKS_PER_SECOND} times a second. */
  tick(): void {
    this.#ticks += 1;
    for (const [key, channel] of this.#channels) {
      const hz = Number.parseInt(key, 10);
      if (this.#ticks % (TICKS_PER_SECOND / hz) === 0) channel.flush();
    }
    this.#window.drop(Date.now());
  }

  /** Ends a connection with a frame that states the reason. */
  end(subscriber: Subscriber, reason: ByeReason, retryMs: number): void {
    const id = writePosition(this.#window.layout, this.#subscribers.get(subscriber)?.positionOf(subscriber) ?? []);
    this.#remove(subscriber);
    this.#metrics.liveClosed.inc({ reason });
    if (queuedBytes(subscriber) > MAX_QUEUED_BYTES) subscriber.response.destroy();
    else subscriber.response.end(retryText(retryMs) + frameOf('bye', { reason }, id));
  }

  /** Ends all connections. Each client gets a different time at which to return. */
  endAll(reason: ByeReason): void {
    const all = [...this.#subscribers.keys()];
    for (const channel of this.#channels.values()) channel.flush();
    for (const [index, subscriber] of all.entries()) this.end(subscriber, reason, this.#turns.returnMs(index));
  }

  #start(positions: readonly string[]): FeedOffsets | ResetReason {
    let offsets: FeedOffsets | undefined;
    for (const text of positions) {
      const read = readPosition(this.#window.layout, text);
      if (read === 'malformed') return 'malformed';
      if (read === 'other_topics') return 'topics_changed';
      offsets = offsets === undefined ? read : furthest(offsets, read);
    }
    if (offsets === undefined) return this.#window.ends();
    return isHeld(this.#window, offsets) ? offsets : 'expired';
  }

  #channelOf(filter: FeedFilter, hz: number): Channel {
    const key = `${hz} ${filterKey(filter)}`;
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel = new Channel(filter, {
      window: () => this.#window,
      counts: this.#written,
      now: () => performance.now(),
      close: (subscriber) => this.#closeSlow(subscriber),
    });
    this.#channels.set(key, channel);
    return channel;
  }

  /** A client that reads nothing would not receive a frame with the reason. */
  #closeSlow(subscriber: Subscriber): void {
    this.#remove(subscriber);
    this.#metrics.liveClosed.inc({ reason: 'slow' });
    subscriber.response.destroy();
  }

  #remove(subscriber: Subscriber): void {
    this.#subscribers.get(subscriber)?.delete(subscriber);
    if (!this.#subscribers.delete(subscriber)) return;
    const others = this.countOf(subscriber.client) - 1;
    if (others > 0) this.#counts.set(subscriber.client, others);
    else this.#counts.delete(subscriber.client);
    const key = `${subscriber.hz} ${filterKey(subscriber.filter)}`;
    if (this.#channels.get(key)?.size === 0) this.#channels.delete(key);
  }
}
