import type { FeedLayout, FeedOffsets } from '../feed-position.ts';
import type { FeedEntry } from './feed-entry.ts';

export interface WindowLimits {
  /** Age after which an entry may be dropped, in milliseconds. */
  readonly ageMs: number;
  readonly maxBytes: number;
}

/** The entries of one partition, in order. */
interface Slot {
  entries: FeedEntry[];
  /** Index of the first entry that is not dropped. */
  head: number;
  /** The offset from which on every entry is held. */
  start: number;
  /** The offset to read next. */
  end: number;
}

/** Dropped entries are cut off together, so that dropping one costs nothing. */
const CUT_AT = 4_096;

/** The latest entries of the feed, by partition: enough that a client can continue where another process stopped. */
export class FeedWindow {
  readonly layout: FeedLayout;
  readonly #limits: WindowLimits;
  readonly #slots: readonly Slot[];
  #bytes = 0;

  /** @param starts the offset of each partition of the layout from which on entries will be added. */
  constructor(layout: FeedLayout, starts: FeedOffsets, limits: WindowLimits) {
    this.layout = layout;
    this.#limits = limits;
    this.#slots = starts.map((start) => ({ entries: [], head: 0, start, end: start }));
  }

  /** The offset after the last entry of each partition. */
  ends(): number[] {
    return this.#slots.map(({ end }) => end);
  }

  /** The offset from which on every entry of each partition is held. */
  starts(): number[] {
    return this.#slots.map(({ start }) => start);
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#slots.length;
  }

  /** The time of the oldest entry, epoch milliseconds; undefined if there is none. */
  get oldestAt(): number | undefined {
    const times = this.#slots.flatMap(({ entries, head }) => entries[head]?.at ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** Adds entries of a partition in the order of their offsets. `end` is the offset to read next. */
  add(index: number, entries: readonly FeedEntry[], end: number): void {
    const slot = this.#slot(index);
    for (const entry of entries) {
      slot.entries.push(entry);
      this.#bytes += entry.bytes;
    }
    slot.end = end;
  }

  /** The entries of a partition from an offset on. */
  *from(index: number, offset: number): Generator<FeedEntry> {
    const { entries, head } = this.#slot(index);
    for (let at = firstAt(entries, head, offset); at < entries.length; at += 1) yield entries[at] as FeedEntry;
  }

  /** Drops the entries that are too old, and the oldest of those that are too many. */
  drop(nowMs: number): void {
    const before = nowMs - this.#limits.ageMs;
    for (const slot of this.#slots) {
      while (slot.head < slot.entries.length && (slot.entries[slot.head] as FeedEntry).at < before) this.#dropOne(slot);
    }
    while (this.#bytes > this.#limits.maxBytes) {
      const oldest = this.#slots.reduce<Slot | undefined>(
        (found, slot) =>
          timeOf(slot) < (found === undefined ? Number.POSITIVE_INFINITY : timeOf(found)) ? slot : found,
        undefined,
      );
      if (oldest === undefined) break;
      this.#dropOne(oldest);
    }
  }

  #dropOne(slot: Slot): void {
    const dropped = slot.entries[slot.head] as FeedEntry;
    this.#bytes -= dropped.bytes;
    slot.start = dropped.offset + 1;
    slot.head += 1;
    if (slot.head < CUT_AT) return;
    slot.entries = slot.entries.slice(slot.head);
    slot.head = 0;
  }

  #slot(index: number): Slot {
    const slot = this.#slots[index];
    if (slot === undefined) throw new RangeError(`the feed has no partition ${index}`);
    return slot;
  }
}

const timeOf = ({ entries, head }: Slot): number => entries[head]?.at ?? Number.POSITIVE_INFINITY;

/** The index of the first entry, from `head` on, at or after an offset. */
function firstAt(entries: readonly FeedEntry[], head: number, offset: number): number {
  let [low, high] = [head, entries.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle] as FeedEntry).offset < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
