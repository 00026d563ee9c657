import { type FeedOffsets, writePosition } from '../feed-position.ts';
import type { FeedFilter } from './feed-filter.ts';
import type { FeedWindow } from './feed-window.ts';
import type { GapFrame, ResetReason } from './frames.ts';
import type { LiveCounts } from './live-counts.ts';
import { type Chunk, readChunk } from './read-chunk.ts';
import { resetText } from './reset-text.ts';
import { skippedSeries } from './skipped-series.ts';
import { frameOf, frameText, HEARTBEAT } from './sse.ts';
import { MAX_QUEUED_BYTES, queuedBytes, type Subscriber } from './subscriber.ts';
import { eventBytesAfter, isHeld, isPast, pastPoints, sameOffsets } from './window-positions.ts';

export interface ChannelParts {
  readonly window: () => FeedWindow;
  readonly counts: LiveCounts;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** Ends a connection whose client cannot be served any longer. */
  readonly close: (subscriber: Subscriber) => void;
}

/** The unread bytes below which a subscriber that was slow gets frames again. */
const RESUMES_BELOW_BYTES = 64 * 1_024;
/** Records of points that a slow subscriber gets late instead of a gap. */
const MAX_LATE_RECORDS = 1_000;
/**
 * Maximum bytes of events that wait for a slow subscriber. Events are never skipped, so beyond the maximum the
 * connection ends.
 */
const MAX_EVENT_BYTES = 1_048_576;
const BACKLOG_CHECK_MS = 1_000;
/** How long a position may be ahead of this process, because another process may have read further. */
const MAX_AHEAD_MS = 10_000;
const CHUNKS_AT_ONCE = 8;
/** The interval after which a channel without data sends its position if it has changed, otherwise a comment. */
const POSITION_MS = 5_000;
const HEARTBEAT_MS = 15_000;

/**
 * The subscribers with one filter and rate. Those that keep up follow the channel: one frame is built and the same bytes are
 * written to all of them. A subscriber that resumes, or is slow, has a position of its own until it has caught up.
 */
export class Channel {
  readonly #filter: FeedFilter;
  readonly #parts: ChannelParts;
  readonly #following = new Set<Subscriber>();
  readonly #apart = new Set<Subscriber>();
  #offsets: FeedOffsets;
  #positionAt: number;
  #writtenAt: number;

  constructor(filter: FeedFilter, parts: ChannelParts) {
    this.#filter = filter;
    this.#parts = parts;
    this.#offsets = parts.window().ends();
    this.#positionAt = this.#writtenAt = parts.now();
  }

  get size(): number {
    return this.#following.size + this.#apart.size;
  }

  add(subscriber: Subscriber): void {
    this.#apart.add(subscriber);
  }

  delete(subscriber: Subscriber): void {
    this.#following.delete(subscriber);
    this.#apart.delete(subscriber);
  }

  /** The position after the last frame that was written to a subscriber. */
  positionOf(subscriber: Subscriber): FeedOffsets {
    return this.#following.has(subscriber) ? this.#offsets : subscriber.offsets;
  }

  /** Resets every subscriber, because the window was replaced. */
  reset(reason: ResetReason): void {
    for (const subscriber of [...this.#following, ...this.#apart]) {
      this.#following.delete(subscriber);
      this.#apart.add(subscriber);
      this.#reset(subscriber, reason);
    }
    this.#offsets = this.#parts.window().ends();
  }

  /** Writes the new entries to every subscriber that reads. */
  flush(): void {
    this.#flushFollowing();
    const made = new Map<string, Made>();
    for (const subscriber of this.#apart) this.#catchUp(subscriber, made);
  }

  #flushFollowing(): void {
    const window = this.#parts.window();
    if (!isHeld(window, this.#offsets)) for (const one of this.#following) this.#setApart(one);
    for (const one of this.#following) {
      if (queuedBytes(one) <= MAX_QUEUED_BYTES) continue;
      one.isSlow = true;
      this.#setApart(one);
    }
    if (this.#following.size === 0) this.#offsets = window.ends();
    for (let count = 0; count < CHUNKS_AT_ONCE && this.#following.size > 0; count += 1) {
      const made = make(window, this.#offsets, this.#filter);
      this.#writeToAll(made);
      this.#offsets = made.chunk.next;
      if (made.chunk.isComplete) break;
    }
  }

  #writeToAll({ chunk, bytes }: Made): void {
    const { now, counts } = this.#parts;
    const at = now();
    const sent = bytes ?? this.#quietFrame(chunk, at);
    if (sent === undefined) return;
    this.#writtenAt = at;
    if (sent !== HEARTBEAT) this.#positionAt = at;
    for (const { response } of this.#following) response.write(sent);
    if (bytes !== undefined) counts.frame(this.#following.size, bytes.length, chunk.oldestAcceptedAt);
  }

  /** The bytes for a channel that has nothing new. */
  #quietFrame({ next }: Chunk, at: number): Buffer | undefined {
    if (at - this.#positionAt >= POSITION_MS && !sameOffsets(next, this.#offsets)) {
      return Buffer.from(frameText('position', '{}', writePosition(this.#parts.window().layout, next)));
    }
    return at - this.#writtenAt >= HEARTBEAT_MS ? HEARTBEAT : undefined;
  }

  #setApart(subscriber: Subscriber): void {
    subscriber.offsets = this.#offsets;
    this.#following.delete(subscriber);
    this.#apart.add(subscriber);
  }

  #catchUp(subscriber: Subscriber, made: Map<string, Made>): void {
    if (queuedBytes(subscriber) > RESUMES_BELOW_BYTES) {
      this.#wait(subscriber);
      return;
    }
    subscriber.waitsSince = undefined;
    const window = this.#parts.window();
    if (!isHeld(window, subscriber.offsets, subscriber.isSlow ? 'events' : undefined))
      this.#reset(subscriber, 'expired');
    else this.#skipPoints(subscriber, window);
    for (let count = 0; count < CHUNKS_AT_ONCE; count += 1) {
      const position = writePosition(window.layout, subscriber.offsets);
      const { chunk, bytes } = made.get(position) ?? make(window, subscriber.offsets, this.#filter);
      if (this.#apart.size > 1) made.set(position, { chunk, bytes });
      if (bytes !== undefined) {
        subscriber.response.write(bytes);
        this.#parts.counts.frame(1, bytes.length);
      }
      subscriber.offsets = chunk.next;
      if (chunk.isComplete || queuedBytes(subscriber) > RESUMES_BELOW_BYTES) break;
    }
    this.#follow(subscriber, window);
  }

  /**
   * Handles a subscriber that does not read: its points will be skipped, and the events that wait for it are bounded.
   */
  #wait(subscriber: Subscriber): void {
    const at = this.#parts.now();
    subscriber.waitsSince ??= at;
    if (at - subscriber.waitsSince < BACKLOG_CHECK_MS) return;
    subscriber.waitsSince = at;
    subscriber.isSlow = true;
    const window = this.#parts.window();
    const isBounded =
      isHeld(window, subscriber.offsets, 'events') &&
      eventBytesAfter(window, subscriber.offsets, this.#filter) <= MAX_EVENT_BYTES;
    if (!isBounded) this.#parts.close(subscriber);
  }

  /** Lets a subscriber that has everything follow the channel. */
  #follow(subscriber: Subscriber, window: FeedWindow): void {
    if (sameOffsets(subscriber.offsets, this.#offsets)) {
      subscriber.isSlow = false;
      subscriber.aheadSince = undefined;
      this.#apart.delete(subscriber);
      this.#following.add(subscriber);
      return;
    }
    if (!isPast(subscriber.offsets, window.ends())) return;
    const at = this.#parts.now();
    subscriber.aheadSince ??= at;
    if (at - subscriber.aheadSince < MAX_AHEAD_MS) return;
    subscriber.aheadSince = undefined;
    this.#reset(subscriber, 'unknown_position');
  }

  /** Announces the points that a slow subscriber does not get, unless they are few. */
  #skipPoints(subscriber: Subscriber, window: FeedWindow): void {
    if (!subscriber.isSlow) return;
    const dropped = !isHeld(window, subscriber.offsets, 'points');
    const skipped = skippedSeries(window, subscriber.offsets, this.#filter);
    if (!dropped && skipped.records <= MAX_LATE_RECORDS) return;
    subscriber.offsets = pastPoints(window, subscriber.offsets);
    const gap: GapFrame = { series: skipped.series, more: skipped.more || dropped };
    subscriber.response.write(frameOf('gap', gap, writePosition(window.layout, subscriber.offsets)));
    this.#parts.counts.gap(gap);
  }

  #reset(subscriber: Subscriber, reason: ResetReason): void {
    const window = this.#parts.window();
    subscriber.offsets = window.ends();
    subscriber.response.write(resetText(reason, writePosition(window.layout, subscriber.offsets), window));
    this.#parts.counts.reset(reason);
  }
}

/** A chunk and its bytes as a frame; undefined if it has no data. */
interface Made {
  readonly chunk: Chunk;
  readonly bytes: Buffer | undefined;
}

function make(window: FeedWindow, from: FeedOffsets, filter: FeedFilter): Made {
  const chunk = readChunk(window, from, filter);
  if (chunk.data === undefined) return { chunk, bytes: undefined };
  return { chunk, bytes: Buffer.from(frameText('data', chunk.data, writePosition(window.layout, chunk.next))) };
}
