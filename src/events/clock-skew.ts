import type { FieldValues } from './build.ts';
import type { EventLimits } from './fault.ts';
import { isTime, LEAST_EPOCH_MS } from './timestamp.ts';
import type { JsonObject } from './values.ts';

/** The metadata that keeps the timestamp of the sender, in epoch milliseconds, when the gateway has shifted it. */
export const ORIGINAL_TIMESTAMP = 'original_timestamp';

/** Reads the epoch milliseconds of a `Thunderline-Sent-At` header; undefined unless they are a plausible time. */
export function readSentAt(header: string | readonly string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^\d{12,15}$/.test(header)) return undefined;
  const sentAt = Number(header);
  return sentAt >= LEAST_EPOCH_MS && isTime(sentAt) ? sentAt : undefined;
}

/**
 * The milliseconds to add to a timestamp that is too far ahead, so that it is right by the gateway's clock: the time between
 * receipt and sending by the sender's own clock, negative for a clock that is fast. Undefined if the sending time is unknown
 * or does not explain the timestamp, because the result would be out of range too.
 */
export function skewOf(
  timestamp: number,
  sentAt: number | undefined,
  receivedAt: number,
  { maxFutureMs }: EventLimits,
): number | undefined {
  if (sentAt === undefined) return undefined;
  const skewMs = receivedAt - sentAt;
  const shifted = timestamp + skewMs;
  return shifted <= receivedAt + maxFutureMs && isTime(shifted) ? skewMs : undefined;
}

/** Shifts the timestamp of an event and keeps the original in its metadata, unless the sender keeps one there itself. */
export function shiftTimestamp(values: FieldValues, skewMs: number): void {
  const original = values.timestamp as number;
  values.timestamp = original + skewMs;
  // fromEntries defines own properties, so that a key named __proto__ stays a key like any other.
  values.metadata = Object.fromEntries([
    [ORIGINAL_TIMESTAMP, original],
    ...Object.entries((values.metadata as JsonObject | undefined) ?? {}),
  ]);
}
