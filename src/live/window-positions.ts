import type { FEED_TOPICS, FeedLayout, FeedOffsets } from '../feed-position.ts';
import { admits, type FeedFilter } from './feed-filter.ts';
import type { FeedWindow } from './feed-window.ts';

const POINTS_TOPIC: (typeof FEED_TOPICS)[number] = 'ml.events.realtime';

/** Whether the partition with this index contains points; any other contains events. */
const holdsPoints = ({ partitions }: FeedLayout, index: number): boolean =>
  partitions[index]?.topic.endsWith(POINTS_TOPIC) === true;

export const sameOffsets = (a: FeedOffsets, b: FeedOffsets): boolean => a.every((offset, index) => offset === b[index]);

/** Whether a position is after `ends` in some partition. */
export const isPast = (offsets: FeedOffsets, ends: FeedOffsets): boolean =>
  offsets.some((offset, index) => offset > (ends[index] ?? 0));

/** Whether the window has every entry after a position: of points, of events, or of both. */
export function isHeld(window: FeedWindow, offsets: FeedOffsets, kind?: 'points' | 'events'): boolean {
  return window.starts().every((start, index) => {
    const isAbout = kind === undefined || holdsPoints(window.layout, index) === (kind === 'points');
    return !isAbout || (offsets[index] ?? 0) >= start;
  });
}

/** The position after all points of the window; unchanged for events. */
export const pastPoints = (window: FeedWindow, offsets: FeedOffsets): FeedOffsets =>
  window
    .ends()
    .map((end, index) =>
      holdsPoints(window.layout, index) ? Math.max(end, offsets[index] ?? 0) : (offsets[index] ?? 0),
    );

/** The size of the events after a position that a filter admits. */
export function eventBytesAfter(window: FeedWindow, offsets: FeedOffsets, filter: FeedFilter): number {
  let bytes = 0;
  for (let index = 0; index < window.size; index += 1) {
    if (holdsPoints(window.layout, index)) continue;
    for (const entry of window.from(index, offsets[index] ?? 0)) {
      if (entry.kind === 'event' && admits(filter, entry)) bytes += entry.text.length;
    }
  }
  return bytes;
}

/** The greater offset of each partition. */
export const furthest = (a: FeedOffsets, b: FeedOffsets): FeedOffsets =>
  a.map((offset, index) => Math.max(offset, b[index] ?? 0));
