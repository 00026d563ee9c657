import type { ServerResponse } from 'node:http';
import type { Client } from '../access/client.ts';
import type { FeedOffsets } from '../feed-position.ts';
import type { FeedFilter } from './feed-filter.ts';

/** One connection of a client to the feed. */
export interface Subscriber {
  readonly response: ServerResponse;
  readonly client: Client;
  readonly filter: FeedFilter;
  /** Frames a second, at most. */
  readonly hz: number;
  /** The turn of the subscriber when all clients return, from 0 to 1. */
  readonly turn: number;
  /** Authenticates the request again; throws or rejects with `AccessRefused` if it would not be admitted any more. */
  readonly readmit: () => unknown;
  /** The position after the last frame that was written. Of a subscriber that follows its channel, the channel has it. */
  offsets: FeedOffsets;
  /** True if it has read nothing for a while, so that points were skipped. */
  isSlow: boolean;
  /** The time since which it has read too little to be sent more, by a monotonic clock. */
  waitsSince: number | undefined;
  /** The time since which its position has been ahead of the window. */
  aheadSince: number | undefined;
}

/** Bytes that the process and the kernel have not passed on to the client. */
export const queuedBytes = ({ response }: Subscriber): number => response.writableLength;

/** A subscriber with more than this unread gets no frame until it has read most of it. */
export const MAX_QUEUED_BYTES = 256 * 1_024;
