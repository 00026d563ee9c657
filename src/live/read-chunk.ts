import type { FeedOffsets } from '../feed-position.ts';
import type { PointEntry } from './feed-entry.ts';
import { admits, type FeedFilter } from './feed-filter.ts';
import type { FeedWindow } from './feed-window.ts';

/** The entries after a position that a filter admits, up to a limit. */
export interface Chunk {
  /** JSON of a `DataFrame`; undefined if no entry was admitted. */
  readonly data: string | undefined;
  /** The position after the chunk. */
  readonly next: FeedOffsets;
  /** Whether the chunk reaches the end of the window. */
  readonly isComplete: boolean;
  /** The time at which the oldest entry of the chunk was accepted, epoch milliseconds. */
  readonly oldestAcceptedAt: number;
}

/** Length of the texts of one chunk, approximately: what a client makes the process hold at once. */
const MAX_LENGTH = 128 * 1_024;
/** Entries that are looked at for one chunk, so that a filter that admits few does not hold up the process. */
const MAX_LOOKED_AT = 20_000;

/** Reads a chunk. The caller has checked that no entry after `from` was dropped. */
export function readChunk(window: FeedWindow, from: FeedOffsets, filter: FeedFilter): Chunk {
  const events: string[] = [];
  const points = new Map<string, string[]>();
  const next = window.ends();
  let isComplete = true;
  let length = 0;
  let lookedAt = 0;
  let oldestAcceptedAt = Number.POSITIVE_INFINITY;

  for (let index = 0; index < window.size; index += 1) {
    const start = from[index] ?? 0;
    // The client read this partition in a process that was ahead of this one.
    next[index] = Math.max(start, next[index] ?? 0);
    for (const entry of window.from(index, start)) {
      if (length >= MAX_LENGTH || lookedAt >= MAX_LOOKED_AT) {
        next[index] = entry.offset;
        isComplete = false;
        break;
      }
      lookedAt += 1;
      if (!admits(filter, entry)) continue;
      const text = entry.kind === 'event' ? entry.text : entry.text(filter.metrics);
      if (text === undefined) continue;
      length += text.length;
      if (entry.acceptedAt < oldestAcceptedAt) oldestAcceptedAt = entry.acceptedAt;
      if (entry.kind === 'event') events.push(text);
      else addPoint(points, entry, text);
    }
  }
  return { data: dataOf(events, points), next, isComplete, oldestAcceptedAt };
}

function addPoint(points: Map<string, string[]>, { run, trial }: PointEntry, text: string): void {
  // Ids have no control characters.
  const key = trial === null ? run : `${run}\n${trial}`;
  const texts = points.get(key);
  if (texts === undefined) points.set(key, [text]);
  else texts.push(text);
}

function dataOf(events: readonly string[], points: ReadonlyMap<string, readonly string[]>): string | undefined {
  const members: string[] = [];
  if (events.length > 0) members.push(`"events":[${events.join(',')}]`);
  if (points.size > 0) {
    const trials = [...points].map(([key, texts]) => {
      const [run = '', trial] = key.split('\n');
      const ids = `"model_run_id":${JSON.stringify(run)},"trial_id":${JSON.stringify(trial ?? null)}`;
      return `{${ids},"points":[${texts.join(',')}]}`;
    });
    members.push(`"points":[${trials.join(',')}]`);
  }
  return members.length === 0 ? undefined : `{${members.join(',')}}`;
}
